package dev.swarmlog.sdk;

import dev.swarmlog.v1.Position;
import org.jspecify.annotations.Nullable;

/** What a frame, or a step that is done, means for the session. */
sealed interface LaneOutcome {
  /** Nothing. */
  record Ok() implements LaneOutcome {}

  /**
   * The stream does not fit, or what is held does not: connect again and resume from it.
   *
   * @param report if a sync ended with that
   */
  record Resync(String why, @Nullable SyncReport report) implements LaneOutcome {
    Resync(String why) {
      this(why, null);
    }
  }

  /**
   * The lane has caught up.
   *
   * @param report if a sync ended with that
   */
  record CaughtUp(@Nullable SyncReport report) implements LaneOutcome {}

  /** The lane has fallen behind. */
  record FellBehind(Position head) implements LaneOutcome {}

  /** What the agent held differed, and was mended. */
  record Repaired(RepairReport report) implements LaneOutcome {}

  /** Telemetry was lost. */
  record Dropped(long count) implements LaneOutcome {}
}
