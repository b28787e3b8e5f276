package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Refuses calls beyond a number that may be open at a time, of all connections together. */
final class CallLimit implements ServerInterceptor {

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final int maxCalls;
  private final AtomicInteger open = new AtomicInteger();

  CallLimit(int maxCalls) {
    this.maxCalls = maxCalls;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    // Until gRPC says that the call is over, refused or not: each is told of exactly once.
    if (open.incrementAndGet() > maxCalls) {
      StatusRuntimeException status = ErrorStatus.exception(full());
      Metadata trailers = status.getTrailers();
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      return new Counted<>(new ServerCall.Listener<>() {});
    }
    return new Counted<>(next.startCall(call, headers));
  }

  private Refusal full() {
    return Refusal.of(
            ErrorReason.ERROR_REASON_OVERLOADED,
            "Expected at most %d calls to be open, but there are as many.".formatted(maxCalls))
        .withRetryAfter(RETRY_AFTER);
  }

  private final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {

    Counted(ServerCall.Listener<Q> listener) {
      super(listener);
    }

    @Override
    public void onComplete() {
      open.decrementAndGet();
      super.onComplete();
    }

    @Override
    public void onCancel() {
      open.decrementAndGet();
      super.onCancel();
    }
  }
}
