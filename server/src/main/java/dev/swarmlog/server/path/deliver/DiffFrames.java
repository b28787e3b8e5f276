package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.DiffResponse;
import org.jspecify.annotations.Nullable;

/** A diff, frame by frame. Used by one thread at a time, which may block. */
public interface DiffFrames {

  /** Whether the summary has been read. */
  boolean ended();

  /** Reads on. Answers the next frame, of which the summary is the last, or null: ask again. */
  @Nullable DiffResponse next();
}
