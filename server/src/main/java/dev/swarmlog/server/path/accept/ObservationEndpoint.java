package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import javax.inject.Inject;

/** The observation service: people and tools that look on. */
final class ObservationEndpoint implements BindableService {

  private static final MethodDescriptor<TailRequest, Outbound> TAIL =
      Services.delivering(
          ObservationServiceGrpc.getTailMethod(), TailResponse.getDefaultInstance());

  private final StreamContext context;

  @Inject
  ObservationEndpoint(StreamContext context) {
    this.context = context;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(
            Services.replacing(ObservationServiceGrpc.getServiceDescriptor(), TAIL))
        .addMethod(TAIL, ServerCalls.asyncServerStreamingCall(this::tail))
        .build();
  }

  private void tail(TailRequest request, StreamObserver<Outbound> responses) {
    ServerCallStreamObserver<Outbound> call = (ServerCallStreamObserver<Outbound>) responses;
    Responder<Outbound> responder = context.responder(call);
    Refusal refusal = context.admission().checkTail(request);
    if (refusal == null) {
      refusal = context.overloaded();
    }
    if (refusal != null) {
      responder.refuse(refusal);
      return;
    }
    Shard shard = context.shards().of(request.getSwarm());
    SwarmState swarm = shard.log().swarm(request.getSwarm()).orElse(null);
    if (swarm == null) {
      responder.refuse(Admission.notFound(request.getSwarm()));
      return;
    }
    TailStream stream = new TailStream(context, responder, shard, swarm, request);
    responder.whenReady(stream::wake);
    responder.whenClosed(stream::closed);
    context.openStreams().opened(stream);
    if (request.getLog() == Log.LOG_TELEMETRY) {
      stream.startTelemetry();
    } else {
      stream.startLog();
    }
  }
}
