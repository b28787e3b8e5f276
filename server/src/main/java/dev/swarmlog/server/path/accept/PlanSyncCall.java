package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.deliver.SyncMeasurement;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PlanSyncRequest;
import dev.swarmlog.v1.PlanSyncResponse;
import dev.swarmlog.v1.SyncRequest;
import org.jspecify.annotations.Nullable;

/** Plans a sync, measures it, and answers. Its steps are taken one at a time, and may block. */
final class PlanSyncCall {

  private final SyncRequest sync;
  private final int maxElisions;
  private final Responder<PlanSyncResponse> responder;
  private final Shard shard;
  private final SwarmState swarm;

  private @Nullable SyncMeasurement measurement;

  PlanSyncCall(
      PlanSyncRequest request,
      Responder<PlanSyncResponse> responder,
      Shard shard,
      SwarmState swarm) {
    this.sync = request.getSync();
    this.maxElisions = request.getMaxElisions();
    this.responder = responder;
    this.shard = shard;
    this.swarm = swarm;
  }

  /** Plans, or reads a page. Answers whether there is more to do. */
  boolean step() {
    SyncMeasurement begun = measurement;
    if (begun == null) {
      measurement = SyncPlans.measure(shard.deliveries(), swarm, sync, maxElisions);
      return true;
    }
    if (begun.step()) {
      return true;
    }
    Log log = sync.getResume().getPosition().getLog();
    responder.send(begun.result().setPlan(SyncPlans.toProto(log, begun.plan())).build());
    responder.complete();
    return false;
  }
}
