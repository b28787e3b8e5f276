package dev.swarmlog.conformance.coordinator;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;

/**
 * The way back of one stream. Thread-safe, as a stream observer is not; what is sent after its end
 * is dropped, as it would be on the wire.
 */
final class Answers<T> {
  private final StreamObserver<T> stream;
  private boolean ended;

  Answers(StreamObserver<T> stream) {
    this.stream = stream;
  }

  synchronized void send(T frame) {
    if (!ended) {
      try {
        stream.onNext(frame);
      } catch (StatusRuntimeException | IllegalStateException e) {
        ended = true; // The other side went a moment ago.
      }
    }
  }

  synchronized void end(StatusRuntimeException status) {
    if (!ended) {
      ended = true;
      stream.onError(status);
    }
  }

  /** The other side ended it. */
  synchronized void ended() {
    if (!ended) {
      ended = true;
      try {
        stream.onError(Status.CANCELLED.asRuntimeException());
      } catch (IllegalStateException e) {
        // It is gone altogether.
      }
    }
  }
}
