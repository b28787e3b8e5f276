package dev.swarmlog.server.path.accept;

import dev.swarmlog.v1.Heartbeat;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How an agent's clock stands to the coordinator's, as the agent tells with its heartbeats.
 *
 * @param offsetNs to add to the agent's clock to read the coordinator's
 * @param uncertaintyNs the true offset lies within, either way
 */
record ClockReading(long offsetNs, long uncertaintyNs) {

  /** How far beyond now a time may be all the same: clocks are set while they are read. */
  static final long SLACK_NS = TimeUnit.SECONDS.toNanos(1);

  /** A clock that was never set stands at 1970. What is further off is no clock. */
  private static final long MAX_OFFSET_NS = TimeUnit.DAYS.toNanos(100 * 365);

  /** Half a round trip. */
  private static final long MAX_UNCERTAINTY_NS = TimeUnit.HOURS.toNanos(1);

  /** Null if the agent does not know yet, or tells what cannot be. */
  static @Nullable ClockReading of(Heartbeat heartbeat) {
    long offsetNs = heartbeat.getClockOffsetNano();
    // Unsigned: from 2^63 on it reads negative.
    long uncertaintyNs = heartbeat.getClockUncertaintyNano();
    boolean told =
        heartbeat.hasClockOffsetNano()
            && offsetNs >= -MAX_OFFSET_NS
            && offsetNs <= MAX_OFFSET_NS
            && uncertaintyNs >= 0
            && uncertaintyNs <= MAX_UNCERTAINTY_NS;
    return told ? new ClockReading(offsetNs, uncertaintyNs) : null;
  }

  /**
   * Reads the coordinator's clock.
   *
   * @param unixNs by the agent's clock; not negative
   */
  long corrected(long unixNs) {
    return unixNs > Long.MAX_VALUE - MAX_OFFSET_NS ? Long.MAX_VALUE : unixNs + offsetNs;
  }
}
