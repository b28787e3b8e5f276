package dev.swarmlog.server.path.accept;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.deliver.DeliveryFrame;
import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.server.path.deliver.LaneRequest;
import dev.swarmlog.server.path.deliver.LaneSink;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.deliver.SyncPlanning;
import dev.swarmlog.server.path.deliver.SyncReader;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncRequest;
import dev.swarmlog.v1.SyncResponse;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A sync without a session: plan, pages, receipt. It is a lane that ends where others go live.
 *
 * <p>Sends on its serial executor.
 */
final class SyncStream implements LaneSink {

  private final StreamContext context;
  private final Responder<SyncResponse> responder;
  private final Shard shard;
  private final SwarmState swarm;
  private final Executor executor;

  private volatile @Nullable Lane lane;

  // Owned by the steps.
  private @Nullable SyncPlanning planning;

  SyncStream(
      StreamContext context, Responder<SyncResponse> responder, Shard shard, SwarmState swarm) {
    this.context = context;
    this.responder = responder;
    this.shard = shard;
    this.swarm = swarm;
    this.executor = context.serial().next();
  }

  /** Plans on threads that may block, then begins. */
  void start(SyncRequest request) {
    SyncReader reader = SyncPlans.reader(swarm, request);
    new SteppedRead(context.readers(), responder, () -> true, () -> plan(reader), "planning a sync")
        .wake();
  }

  /** The window has opened. */
  void wake() {
    Lane current = lane;
    if (current != null) {
      current.wake();
    }
  }

  void closed() {
    responder.cancelled();
    Lane current = lane;
    if (current != null) {
      current.close();
    }
  }

  /** Plans, or begins. Answers whether there is more to do before it has begun. */
  private boolean plan(SyncReader reader) {
    SyncPlanning underWay = planning;
    if (underWay == null) {
      underWay = shard.deliveries().plan(reader);
      planning = underWay;
    }
    if (underWay.step()) {
      return true;
    }
    begin(reader, underWay.plan());
    return false;
  }

  private void begin(SyncReader reader, SyncPlan plan) {
    responder.send(
        SyncResponse.newBuilder().setPlan(SyncPlans.toProto(shard.log(), reader, plan)).build());
    if (plan.refusal() != null) {
      responder.refuse(plan.refusal());
      return;
    }
    Lane opened =
        shard
            .deliveries()
            .open(
                new LaneRequest(swarm.name(), reader.log(), plan, true, null, true),
                executor,
                this);
    lane = opened;
    if (responder.ended()) {
      opened.close();
    } else {
      opened.wake();
    }
  }

  @Override
  public boolean isReady() {
    return responder.isReady();
  }

  @Override
  public void deliver(DeliveryFrame frame) {
    SyncPage.Builder page = SyncPage.newBuilder().setTo(frame.to()).addAllSkipped(frame.skipped());
    for (byte[] run : frame.runs()) {
      page.addAllOperations(parsed(run).getOperationsList());
    }
    responder.send(SyncResponse.newBuilder().setPage(page).build());
  }

  @Override
  public void snapshot(SnapshotPage page) {
    responder.send(SyncResponse.newBuilder().setSnapshot(page).build());
  }

  @Override
  public void compare(Scope scope, KeyInterval keys, Position at) {
    throw new IllegalStateException("Expected a sync without questions, but one came up");
  }

  @Override
  public void receipt(SyncReceipt receipt) {
    responder.send(SyncResponse.newBuilder().setReceipt(receipt).build());
  }

  @Override
  public void caughtUp(Position position) {
    responder.complete();
  }

  @Override
  public void fellBehind(Position position, Position head) {
    throw new IllegalStateException("Expected a sync to end at its target, but it went on");
  }

  @Override
  public void failed(Refusal refusal) {
    responder.refuse(refusal);
  }

  /** A run is a {@link Delivery} with nothing but operations. */
  private static Delivery parsed(byte[] run) {
    try {
      return Delivery.parseFrom(run);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected a run of operations, but it cannot be read", e);
    }
  }
}
