package dev.swarmlog.sdk;

import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import java.util.Optional;

/**
 * The heartbeats of an agent's sessions, and what they tell of the coordinator's clock. Pure, not
 * thread-safe.
 */
final class Heartbeats {
  static final int MAX_UNANSWERED = ContractConduct.SESSION.getMaxUnansweredHeartbeats();
  private static final int DEFAULT_INTERVAL_MS = ContractConduct.SESSION.getHeartbeatIntervalMs();

  private final ClockFilter clockFilter = new ClockFilter();
  private long intervalNs;
  private long number;
  private int unanswered;

  /** A session begins. */
  void begin(int intervalMs) {
    intervalNs = 1_000_000L * (intervalMs == 0 ? DEFAULT_INTERVAL_MS : intervalMs);
    unanswered = 0;
  }

  long intervalNs() {
    return intervalNs;
  }

  /** Whether so many in a row were not answered that the connection must be taken for dead. */
  boolean areUnanswered() {
    return unanswered >= MAX_UNANSWERED;
  }

  /** The next one, which is sent now: its number, and what is known of the clock. */
  Heartbeat.Builder next() {
    unanswered++;
    Heartbeat.Builder next = Heartbeat.newBuilder().setNumber(++number);
    clockFilter
        .offset()
        .ifPresent(
            clock ->
                next.setClockOffsetNano(clock.offset().toNanos())
                    .setClockUncertaintyNano(clock.uncertainty().toNanos()));
    return next;
  }

  void answered(HeartbeatReply reply, long nowUnixNs) {
    unanswered = 0;
    clockFilter.sample(
        reply.getAgentSentUnixNano(),
        reply.getReceivedUnixNano(),
        reply.getSentUnixNano(),
        nowUnixNs);
  }

  Optional<ClockOffset> clockOffset() {
    return clockFilter.offset();
  }
}
