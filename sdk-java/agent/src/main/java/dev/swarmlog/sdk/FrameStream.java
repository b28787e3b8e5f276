package dev.swarmlog.sdk;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a server stream, pulled one by one: what is not pulled stays with the coordinator.
 * For one thread; {@link #close()} may be called from any other and ends the iteration.
 *
 * @param <T> the frame
 */
public final class FrameStream<T> implements Iterator<T>, AutoCloseable {
  private final Iterator<T> frames;
  private final Context.CancellableContext call;
  private final String target;
  private final @Nullable Duration afterwards;
  private @Nullable Duration patience;
  private volatile boolean waitedInVain;

  /**
   * Takes the frames of a call.
   *
   * @param target the coordinator's address, for people to read
   * @param first how long to wait for the first frame; null for ever
   * @param afterwards how long to wait for each later one; null for ever. Only the time spent
   *     waiting counts.
   */
  FrameStream(
      Iterator<T> frames,
      Context.CancellableContext call,
      String target,
      @Nullable Duration first,
      @Nullable Duration afterwards) {
    this.frames = frames;
    this.call = call;
    this.target = target;
    this.patience = first;
    this.afterwards = afterwards;
  }

  /**
   * Waits for the next frame; false at the end of the stream, or once closed.
   *
   * @throws SwarmlogException if the coordinator ended the stream with an error, or if nothing came
   *     in time
   */
  @Override
  public boolean hasNext() {
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    Duration wait = patience;
    if (wait != null) {
      arrived
          .orTimeout(wait.toNanos(), TimeUnit.NANOSECONDS)
          .whenComplete(
              (nothing, late) -> {
                if (late != null) {
                  waitedInVain = true;
                  call.cancel(null);
                }
              });
    }
    try {
      return frames.hasNext();
    } catch (StatusRuntimeException e) {
      if (waitedInVain) {
        throw Failure.local(
                Status.Code.DEADLINE_EXCEEDED,
                "Expected a frame within %s, but none came.".formatted(wait))
            .toException();
      }
      if (call.isCancelled()) {
        return false;
      }
      throw Failure.of(e, target).toException();
    } finally {
      arrived.complete(null);
    }
  }

  @Override
  public T next() {
    if (!hasNext()) {
      throw new NoSuchElementException("Expected another frame, but the stream has ended");
    }
    patience = afterwards;
    return frames.next();
  }

  /** Ends the call. */
  @Override
  public void close() {
    call.cancel(null);
  }
}
