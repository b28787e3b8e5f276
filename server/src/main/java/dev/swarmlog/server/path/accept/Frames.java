package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;

/** Refusals of frames that say nothing this coordinator understands. */
final class Frames {

  private Frames() {}

  /** No arm of the frame is set that this version knows. */
  static Refusal unknown() {
    return Refusal.of(
        ErrorReason.ERROR_REASON_UNKNOWN_FRAME,
        "Expected a frame with a known arm, but it has none: it is empty, or of a newer version.");
  }
}
