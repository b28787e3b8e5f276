package dev.swarmlog.cli;

import dev.swarmlog.sdk.FrameStream;
import dev.swarmlog.sdk.RetryableException;
import dev.swarmlog.sdk.SwarmlogException;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.ErrorReason;
import org.jspecify.annotations.Nullable;

/**
 * An answer that comes frame by frame and has a last one: what was shown before is worth something
 * only if the reader is told whether that is all. Used by one thread.
 *
 * @param <T> the frame
 */
interface StreamedAnswer<T> {

  void show(T frame);

  /** Whether anything came. */
  boolean hasBegun();

  /** Whether the last frame came. */
  boolean isComplete();

  /**
   * The failure of an answer that was cut off.
   *
   * @param thrown why; null if the coordinator ended it as if it were complete
   */
  CommandFailure incomplete(@Nullable SwarmlogException thrown);

  /** Shows all frames, and closes the stream. */
  default void showAll(FrameStream<T> frames) {
    try (frames) {
      while (frames.hasNext()) {
        show(frames.next());
      }
    } catch (RetryableException e) {
      throw hasBegun() ? incomplete(e) : e;
    } catch (TerminalException e) {
      boolean passed = e.reason() == ErrorReason.ERROR_REASON_BELOW_HORIZON;
      throw hasBegun() && passed ? incomplete(e) : e;
    }
    if (!isComplete()) {
      throw incomplete(null);
    }
  }
}
