package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.DiffFrames;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.DiffRequest;
import dev.swarmlog.v1.DiffResponse;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import dev.swarmlog.v1.SyncServiceGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.BiConsumer;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** The sync service: brings someone up to date once, and shows what that takes. */
@Singleton
final class SyncEndpoint extends SyncServiceGrpc.SyncServiceImplBase {

  private final StreamContext context;
  private final OpenCalls calls;

  @Inject
  SyncEndpoint(StreamContext context) {
    this.context = context;
    this.calls = new OpenCalls(context.limits().maxSyncCalls());
  }

  @Override
  public void sync(SyncRequest request, StreamObserver<SyncResponse> responses) {
    ServerCallStreamObserver<SyncResponse> call =
        (ServerCallStreamObserver<SyncResponse>) responses;
    Responder<SyncResponse> responder = context.responder(call);
    admit(
        context.admission().checkSync(request),
        request.getSwarm(),
        responder,
        (shard, swarm) -> {
          SyncStream stream = new SyncStream(context, responder, shard, swarm);
          responder.whenReady(stream::wake);
          if (calls.enter(responder, stream::closed)) {
            stream.start(request);
          }
        });
  }

  @Override
  public void planSync(PlanSyncRequest request, StreamObserver<PlanSyncResponse> responses) {
    ServerCallStreamObserver<PlanSyncResponse> call =
        (ServerCallStreamObserver<PlanSyncResponse>) responses;
    Responder<PlanSyncResponse> responder = context.responder(call);
    admit(
        context.admission().checkPlanSync(request),
        request.getSync().getSwarm(),
        responder,
        (shard, swarm) -> {
          PlanSyncCall planning = new PlanSyncCall(request, responder, shard, swarm);
          SteppedRead measuring =
              new SteppedRead(
                  context.readers(), responder, () -> true, planning::step, "measuring a sync");
          if (calls.enter(responder, responder::cancelled)) {
            measuring.wake();
          }
        });
  }

  @Override
  public void diff(DiffRequest request, StreamObserver<DiffResponse> responses) {
    ServerCallStreamObserver<DiffResponse> call =
        (ServerCallStreamObserver<DiffResponse>) responses;
    Responder<DiffResponse> responder = context.responder(call);
    admit(
        context.admission().checkDiff(request),
        request.getSwarm(),
        responder,
        (shard, swarm) -> {
          long head = swarm.head(request.getLog()).getOpId();
          Refusal refusal = Admission.checkInterval(request, head);
          if (refusal != null) {
            responder.refuse(refusal);
            return;
          }
          DiffFrames course =
              shard
                  .deliveries()
                  .diff(swarm, request.getLog(), SyncPlans.view(request), bounds(request, head));
          SteppedRead reading =
              new SteppedRead(
                  context.readers(),
                  responder,
                  responder::isReady,
                  () -> sendNext(course, responder),
                  "reading a diff");
          responder.whenReady(reading::wake);
          if (calls.enter(responder, responder::cancelled)) {
            reading.wake();
          }
        });
  }

  private static DeltaBounds bounds(DiffRequest request, long headOpId) {
    DeltaBounds bounds =
        DeltaBounds.from(
            request.getFromOpId(), request.getToOpId() == 0 ? headOpId : request.getToOpId());
    return request.getWithoutEvents() ? bounds.withoutEvents() : bounds;
  }

  private static boolean sendNext(DiffFrames course, Responder<DiffResponse> responder) {
    DiffResponse frame = course.next();
    if (frame != null) {
      responder.send(frame);
    }
    if (course.ended()) {
      responder.complete();
    }
    return !course.ended();
  }

  /** Goes on with the swarm, or ends the call with why not. */
  private void admit(
      @Nullable Refusal invalid,
      String name,
      Responder<?> responder,
      BiConsumer<Shard, SwarmState> found) {
    Refusal early = invalid == null ? context.overloaded() : invalid;
    if (early != null) {
      responder.refuse(early);
      return;
    }
    context.find(name, responder, found);
  }
}
