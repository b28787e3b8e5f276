package dev.swarmlog.conformance.coordinator;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.IntPredicate;

/**
 * Passes over what a connection had sent before it was cut, and what is read only now: a client
 * that came back since has said newer things.
 */
final class LateFrames implements ServerInterceptor {
  private final IntPredicate isOpen;

  /**
   * @param isOpen whether the connection from a port of loopback is
   */
  LateFrames(IntPredicate isOpen) {
    this.isOpen = isOpen;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    SocketAddress from = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    int port = from instanceof InetSocketAddress internet ? internet.getPort() : 0;
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onMessage(Q message) {
        if (isOpen.test(port)) {
          super.onMessage(message);
        }
      }
    };
  }
}
