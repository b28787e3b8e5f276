package dev.swarmlog.server.path.accept;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.deliver.PageListener;
import dev.swarmlog.server.path.deliver.ResumePlan;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.SyncPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.SyncResponse;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A delta on its way out: plan, pages, receipt.
 *
 * <p>One page is read at a time, and only while the stream's window is open, so memory is bounded
 * by a page. Everything after the plan happens under the monitor, on reading threads and the event
 * loop in turn.
 */
final class SyncStream implements PageListener {

  private final Responder<SyncResponse> responder;
  private final Shard shard;
  private final SwarmState swarm;
  private final Log log;
  private final View view;
  private final Executor readers;

  // Guarded by this. Invariant: base <= cursor <= target.
  private long base;
  private long cursor;
  private Position target = Position.getDefaultInstance();
  private long sent;
  private boolean planned;
  private boolean reading;

  SyncStream(
      Responder<SyncResponse> responder,
      Shard shard,
      SwarmState swarm,
      Log log,
      View view,
      Executor readers) {
    this.responder = responder;
    this.shard = shard;
    this.swarm = swarm;
    this.log = log;
    this.view = view;
    this.readers = readers;
  }

  /** Plans on a thread that may block, then begins. */
  void start(Position position) {
    onReader(() -> plan(position), "planning a sync");
  }

  private void onReader(Runnable step, String what) {
    try {
      readers.execute(
          () -> {
            try {
              step.run();
            } catch (RuntimeException e) {
              responder.fail(e, what);
            }
          });
    } catch (RejectedExecutionException e) {
      responder.refuse(Admission.shuttingDown());
    }
  }

  private void plan(Position position) {
    ResumePlan plan = shard.deliveries().plan(swarm, log, view, position);
    responder.send(SyncResponse.newBuilder().setPlan(ControlStream.logPlan(log, plan)).build());
    if (plan.refusal() != null) {
      responder.refuse(plan.refusal());
      return;
    }
    synchronized (this) {
      base = plan.start().getOpId();
      cursor = base;
      target = plan.head();
      planned = true;
    }
    wake();
  }

  /** The window has opened, or a page was sent. */
  synchronized void wake() {
    if (!planned || reading || responder.ended()) {
      return;
    }
    if (cursor == target.getOpId()) {
      planned = false;
      onReader(this::finish, "ending a sync");
    } else if (responder.isReady()) {
      reading = true;
      boolean taken =
          shard
              .deliveries()
              .readDelta(
                  swarm.name(), log, view, DeltaBounds.from(base, target.getOpId()), cursor, this);
      if (!taken) {
        responder.refuse(Admission.shuttingDown());
      }
    }
  }

  @Override
  public synchronized void page(Page page) {
    reading = false;
    cursor = page.toInclusive();
    if (!page.operations().isEmpty()) {
      SyncPage.Builder operations = SyncPage.newBuilder();
      for (StoredOperation operation : page.operations()) {
        operations.addOperations(parse(operation));
      }
      sent += page.operations().size();
      responder.send(SyncResponse.newBuilder().setPage(operations).build());
    }
    wake();
  }

  @Override
  public void failed(Refusal refusal) {
    responder.refuse(refusal);
  }

  private synchronized void finish() {
    long examined = shard.log().count(swarm.name(), log, view, base, target.getOpId());
    responder.send(
        SyncResponse.newBuilder()
            .setReceipt(
                SyncReceipt.newBuilder()
                    .setTarget(target)
                    .addAllSums(shard.log().sums(swarm.name(), log, view, target.getOpId()))
                    .setExaminedCount(examined)
                    .setSentCount(sent)
                    .setSupersededCount(examined - sent))
            .build());
    responder.complete();
  }

  private static Operation parse(StoredOperation operation) {
    try {
      return Operation.parseFrom(operation.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "Expected operation %d to be a stored operation, but it cannot be read"
              .formatted(operation.opId()),
          e);
    }
  }
}
