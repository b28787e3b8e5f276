package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import javax.inject.Inject;

/** The sync service: brings someone up to date once. */
final class SyncEndpoint extends SyncServiceGrpc.SyncServiceImplBase {

  private final StreamContext context;

  @Inject
  SyncEndpoint(StreamContext context) {
    this.context = context;
  }

  @Override
  public void sync(SyncRequest request, StreamObserver<SyncResponse> responses) {
    ServerCallStreamObserver<SyncResponse> call =
        (ServerCallStreamObserver<SyncResponse>) responses;
    Responder<SyncResponse> responder = new Responder<>(call);
    Refusal refusal = context.admission().checkSync(request);
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
    SyncStream stream = new SyncStream(context, responder, shard, swarm);
    call.setOnReadyHandler(stream::wake);
    call.setOnCancelHandler(stream::closed);
    stream.start(request);
  }
}
