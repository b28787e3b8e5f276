package dev.swarmlog.server.path.accept;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.SocketAddress;

/** Notes the network address of the caller, for people to read. */
final class Peers implements ServerInterceptor {

  private static final Context.Key<String> KEY = Context.key("swarmlog-peer");

  /** The caller's address, or "unknown". On the thread that runs the call. */
  static String current() {
    String peer = KEY.get();
    return peer == null ? "unknown" : peer;
  }

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    SocketAddress address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    String peer = address == null ? "unknown" : address.toString();
    return Contexts.interceptCall(Context.current().withValue(KEY, peer), call, headers, next);
  }
}
