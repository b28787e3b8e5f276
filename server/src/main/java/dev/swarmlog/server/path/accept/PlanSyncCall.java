package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.deliver.SyncMeasurement;
import dev.swarmlog.server.path.deliver.SyncReader;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import org.jspecify.annotations.Nullable;

/** Plans a sync, measures it, and answers. Its steps are taken one at a time, and may block. */
final class PlanSyncCall {

  private final SyncReader reader;
  private final int maxElisions;
  private final Responder<PlanSyncResponse> responder;
  private final Shard shard;

  private @Nullable SyncMeasurement measurement;

  PlanSyncCall(
      PlanSyncRequest request,
      Responder<PlanSyncResponse> responder,
      Shard shard,
      SwarmState swarm) {
    this.reader = SyncPlans.reader(swarm, request.getSync());
    this.maxElisions = request.getMaxElisions();
    this.responder = responder;
    this.shard = shard;
  }

  /** Plans, or reads a page. Answers whether there is more to do. */
  boolean step() {
    SyncMeasurement begun = measurement;
    if (begun == null) {
      measurement = shard.deliveries().measure(reader, maxElisions);
      return true;
    }
    if (begun.step()) {
      return true;
    }
    responder.send(
        begun.result().setPlan(SyncPlans.toProto(shard.log(), reader, begun.plan())).build());
    responder.complete();
    return false;
  }
}
