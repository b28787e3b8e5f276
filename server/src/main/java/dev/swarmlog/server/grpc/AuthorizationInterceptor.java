package dev.swarmlog.server.grpc;

import dev.swarmlog.server.Principal;
import dev.swarmlog.server.Refusal;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.Optional;
import javax.inject.Inject;

/**
 * Lets a call pass only if {@link Authorization} does, and tells it who its principal is and by
 * which connection it came.
 */
final class AuthorizationInterceptor implements ServerInterceptor {

  private final Authorization authorization;

  @Inject
  AuthorizationInterceptor(Authorization authorization) {
    this.authorization = authorization;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Optional<Principal> principal =
        Optional.ofNullable(call.getAttributes().get(ConnectionPrincipals.KEY));
    Optional<Refusal> refusal =
        authorization.refusal(principal, call.getMethodDescriptor().getFullMethodName());
    if (refusal.isPresent()) {
      StatusRuntimeException status = ErrorStatus.exception(refusal.get());
      Metadata trailers = status.getTrailers();
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      return new ServerCall.Listener<>() {};
    }
    Context context =
        principal
            .map(known -> Context.current().withValue(Principals.KEY, known))
            .orElseGet(Context::current);
    Connection connection = call.getAttributes().get(Connection.ATTRIBUTE);
    if (connection != null) {
      connection.called(call.getMethodDescriptor().getServiceName());
      context = context.withValue(Connection.KEY, connection);
    }
    return Contexts.interceptCall(context, call, headers, next);
  }
}
