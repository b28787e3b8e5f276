package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.Optional;

/**
 * The clock filter of NTP (RFC 5905 section 10): of the last eight heartbeats the one with the
 * least delay says the offset, because what delays a heartbeat also falsifies it. Pure, not
 * thread-safe.
 */
final class ClockFilter {
  private static final int SAMPLES = ContractConduct.SESSION.getClockSamples();

  private final long[] offsetsNs = new long[SAMPLES];
  private final long[] delaysNs = new long[SAMPLES];
  private long count;

  /**
   * Adds a heartbeat by its four times, all in nanoseconds since 1970 by the clock of whoever noted
   * them.
   */
  void sample(long agentSentNs, long receivedNs, long sentNs, long agentReceivedNs) {
    long delayNs = (agentReceivedNs - agentSentNs) - (sentNs - receivedNs);
    if (delayNs < 0) {
      return; // One of the clocks was set in between.
    }
    int slot = (int) (count++ % SAMPLES);
    delaysNs[slot] = delayNs;
    offsetsNs[slot] = ((receivedNs - agentSentNs) + (sentNs - agentReceivedNs)) / 2;
  }

  /** The offset, once there is a sample. */
  Optional<ClockOffset> offset() {
    if (count == 0) {
      return Optional.empty();
    }
    int best = 0;
    for (int i = 1; i < Math.min(count, SAMPLES); i++) {
      if (delaysNs[i] < delaysNs[best]) {
        best = i;
      }
    }
    return Optional.of(
        new ClockOffset(Duration.ofNanos(offsetsNs[best]), Duration.ofNanos(delaysNs[best] / 2)));
  }
}
