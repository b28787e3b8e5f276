package dev.swarmlog.server.path.accept;

import dev.swarmlog.v1.Heartbeat;
import org.jspecify.annotations.Nullable;

/**
 * How an agent's clock stands to the coordinator's, as the agent tells with its heartbeats.
 *
 * @param offsetNs to add to the agent's clock to read the coordinator's
 * @param uncertaintyNs the true offset lies within, either way
 */
record ClockReading(long offsetNs, long uncertaintyNs) {

  /** Null if the agent does not know yet. */
  static @Nullable ClockReading of(Heartbeat heartbeat) {
    return heartbeat.hasClockOffsetNano()
        ? new ClockReading(
            heartbeat.getClockOffsetNano(), Math.max(0, heartbeat.getClockUncertaintyNano()))
        : null;
  }
}
