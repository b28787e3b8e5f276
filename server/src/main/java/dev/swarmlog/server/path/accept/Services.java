package dev.swarmlog.server.path.accept;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;

/** Service descriptors in which methods that deliver send {@link Outbound} frames. */
final class Services {

  private Services() {}

  /** The same method, with shared deliveries as its answers. */
  static <Q, P extends Message> MethodDescriptor<Q, Outbound> delivering(
      MethodDescriptor<Q, P> method, P defaultResponse) {
    return method.toBuilder(method.getRequestMarshaller(), Outbound.marshaller(defaultResponse))
        .build();
  }

  /** The same service, with one of its methods replaced. */
  static ServiceDescriptor replacing(ServiceDescriptor service, MethodDescriptor<?, ?> method) {
    ServiceDescriptor.Builder builder =
        ServiceDescriptor.newBuilder(service.getName())
            .setSchemaDescriptor(service.getSchemaDescriptor());
    for (MethodDescriptor<?, ?> original : service.getMethods()) {
      builder.addMethod(
          original.getFullMethodName().equals(method.getFullMethodName()) ? method : original);
    }
    return builder.build();
  }
}
