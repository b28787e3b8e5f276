package dev.swarmlog.cli;

import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Operation;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.util.List;

/** The way to an agent, on which operations with a certain text get lost without a trace. */
record LossyWay(String lostText) implements ClientInterceptor {

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onMessage(A message) {
                super.onMessage(arriving(message));
              }
            },
            headers);
      }
    };
  }

  @SuppressWarnings("unchecked") // A frame for a frame.
  private <A> A arriving(A message) {
    if (!(message instanceof DataResponse frame) || !frame.hasDelivery()) {
      return message;
    }
    Delivery delivery = frame.getDelivery();
    List<Operation> arriving =
        delivery.getOperationsList().stream()
            .filter(operation -> !operation.getPayload().getData().toStringUtf8().equals(lostText))
            .toList();
    return (A)
        frame.toBuilder()
            .setDelivery(delivery.toBuilder().clearOperations().addAllOperations(arriving))
            .build();
  }
}
