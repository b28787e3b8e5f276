package dev.swarmlog.server.path.accept;

import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.SessionServiceGrpc;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import javax.inject.Inject;

/** The session service: streams that open sessions, and streams that deliver. */
final class SessionEndpoint implements BindableService {

  private static final MethodDescriptor<DataRequest, Outbound> DATA =
      Services.delivering(SessionServiceGrpc.getDataMethod(), DataResponse.getDefaultInstance());

  private final StreamContext context;

  @Inject
  SessionEndpoint(StreamContext context) {
    this.context = context;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerInterceptors.intercept(definition(), new Peers());
  }

  private ServerServiceDefinition definition() {
    return ServerServiceDefinition.builder(
            Services.replacing(SessionServiceGrpc.getServiceDescriptor(), DATA))
        .addMethod(
            SessionServiceGrpc.getControlMethod(),
            ServerCalls.asyncBidiStreamingCall(this::control))
        .addMethod(DATA, ServerCalls.asyncBidiStreamingCall(this::data))
        .build();
  }

  private StreamObserver<ControlRequest> control(StreamObserver<ControlResponse> responses) {
    return ControlStream.open(context, (ServerCallStreamObserver<ControlResponse>) responses);
  }

  private StreamObserver<DataRequest> data(StreamObserver<Outbound> responses) {
    return DataStream.open(context, (ServerCallStreamObserver<Outbound>) responses);
  }
}
