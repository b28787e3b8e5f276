package dev.swarmlog.sdk;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The frames of a server stream, pulled one by one: what is not pulled stays with the coordinator.
 * For one thread; {@link #close()} may be called from any other and ends the iteration.
 *
 * @param <T> the frame
 */
public final class FrameStream<T> implements Iterator<T>, AutoCloseable {
  private final Iterator<T> frames;
  private final Context.CancellableContext call;

  FrameStream(Iterator<T> frames, Context.CancellableContext call) {
    this.frames = frames;
    this.call = call;
  }

  /**
   * Waits for the next frame; false at the end of the stream, or once closed.
   *
   * @throws SwarmlogException if the coordinator ended the stream with an error
   */
  @Override
  public boolean hasNext() {
    try {
      return frames.hasNext();
    } catch (StatusRuntimeException e) {
      if (call.isCancelled()) {
        return false;
      }
      throw Failure.of(e).toException();
    }
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("Expected another frame, but the stream has ended");
    }
    return frames.next();
  }

  /** Ends the call. */
  @Override
  public void close() {
    call.cancel(null);
  }
}
