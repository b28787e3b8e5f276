package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import javax.inject.Inject;

/**
 * Ends a call with a documented status when something unexpected is thrown, and lets nothing of the
 * cause out.
 *
 * <p>Readiness, cancellation and message flow are forwarded untouched.
 */
final class IncidentInterceptor implements ServerInterceptor {

  @Inject
  IncidentInterceptor() {}

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    GuardedCall<Q, R> guarded = new GuardedCall<>(call);
    try {
      return new GuardedListener<>(next.startCall(guarded, headers), guarded);
    } catch (RuntimeException e) {
      guarded.fail(e);
      return new ServerCall.Listener<>() {};
    }
  }

  /**
   * Replaces a status that carries a cause, which is how gRPC's stubs report what was thrown, by an
   * incident.
   */
  private static final class GuardedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {

    /** Set by the event loop; other threads that are still sending read it. */
    private volatile boolean ended;

    /** Set by whichever thread closes the call for the service. */
    private volatile boolean closed;

    GuardedCall(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void sendMessage(R message) {
      if (!ended) {
        super.sendMessage(message);
      }
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (ended) {
        return;
      }
      closed = true;
      if (status.getCode() == Status.Code.UNKNOWN && status.getCause() != null) {
        StatusRuntimeException incident = incident(status.getCause());
        super.close(incident.getStatus(), trailers(incident));
      } else {
        super.close(status, trailers);
      }
    }

    /** Ends the call from outside the service, which may go on and notice nothing. */
    void end(StatusRuntimeException status) {
      if (!ended) {
        ended = true;
        if (!closed) {
          super.close(status.getStatus(), trailers(status));
        }
      }
    }

    void fail(RuntimeException failure) {
      end(incident(failure));
    }

    boolean ended() {
      return ended;
    }

    private StatusRuntimeException incident(Throwable failure) {
      return ErrorStatus.exception(failure, getMethodDescriptor().getFullMethodName());
    }

    private static Metadata trailers(StatusRuntimeException exception) {
      Metadata trailers = exception.getTrailers();
      return trailers == null ? new Metadata() : trailers;
    }
  }

  private static final class GuardedListener<Q, R> extends SimpleForwardingServerCallListener<Q> {

    private final GuardedCall<Q, R> call;

    GuardedListener(ServerCall.Listener<Q> listener, GuardedCall<Q, R> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (MalformedMessages.isMalformed(message)) {
        call.end(
            ErrorStatus.exception(
                Refusal.of(
                    ErrorReason.ERROR_REASON_INVALID_ARGUMENT,
                    "Expected a protobuf message of the contract, but the bytes cannot be parsed")));
      } else if (!call.ended()) {
        guard(() -> super.onMessage(message));
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.ended()) {
        guard(super::onHalfClose);
      }
    }

    @Override
    public void onReady() {
      guard(super::onReady);
    }

    @Override
    public void onCancel() {
      guard(super::onCancel);
    }

    @Override
    public void onComplete() {
      guard(super::onComplete);
    }

    private void guard(Runnable callback) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        call.fail(e);
      }
    }
  }
}
