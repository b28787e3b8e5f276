package dev.swarmlog.server.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets requests that are no protobuf arrive as a value instead of an exception.
 *
 * <p>gRPC would end the call as {@code UNKNOWN} and log a stack trace for each, whoever sends them;
 * {@link IncidentInterceptor} looks for the value and refuses the call.
 */
final class MalformedMessages {

  /** Stands in for a request that cannot be parsed. */
  private enum Malformed {
    MESSAGE
  }

  private MalformedMessages() {}

  /**
   * Whether a request is one that could not be parsed. Must be asked before it is used as anything
   * else.
   */
  static boolean isMalformed(Object request) {
    return request == Malformed.MESSAGE;
  }

  /** The same service, with requests that may be malformed. */
  static ServerServiceDefinition admit(ServerServiceDefinition service) {
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      methods.add(admit(method));
    }
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(service.getServiceDescriptor().getName())
            .setSchemaDescriptor(service.getServiceDescriptor().getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder admitting = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(admitting::addMethod);
    return admitting.build();
  }

  private static <Q, R> ServerMethodDefinition<Q, R> admit(ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> original = method.getMethodDescriptor();
    MethodDescriptor<Q, R> admitting =
        original.toBuilder(
                new Admitting<>(original.getRequestMarshaller()), original.getResponseMarshaller())
            .build();
    return ServerMethodDefinition.create(admitting, method.getServerCallHandler());
  }

  private record Admitting<Q>(MethodDescriptor.Marshaller<Q> strict)
      implements MethodDescriptor.Marshaller<Q> {

    @Override
    public InputStream stream(Q value) {
      return strict.stream(value);
    }

    @Override
    @SuppressWarnings("unchecked") // nobody but the interceptor, which knows, gets to see it
    public Q parse(InputStream stream) {
      try {
        return strict.parse(stream);
      } catch (StatusRuntimeException e) {
        return (Q) Malformed.MESSAGE;
      }
    }
  }
}
