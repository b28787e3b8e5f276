package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.path.deliver.SyncPlan.SnapshotScope;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.SyncReceipt;

/**
 * A sync under way: first the delta, run by run, then keyed state, scope by scope, then the
 * receipt. It holds a few numbers, and nothing of what it reads.
 *
 * <p><b>Threads.</b> One reader owns it. It has {@link #read} called on a thread that may block,
 * and {@link #took} afterwards; the two never overlap.
 */
final class SyncCourse {

  private final SyncPlan plan;
  private final String swarm;
  private final Log log;

  private DeltaBounds bounds;
  private long cursor;
  private int scopesDone;
  private String afterKey;

  private long sent;
  private long netZero;
  private long expired;
  private long snapshotKeys;

  SyncCourse(SyncPlan plan, String swarm, Log log) {
    this.plan = plan;
    this.swarm = swarm;
    this.log = log;
    this.bounds = plan.bounds();
    this.cursor = plan.start().getOpId();
    this.afterKey = plan.snapshots().isEmpty() ? "" : plan.snapshots().get(0).afterKey();
  }

  SyncPlan plan() {
    return plan;
  }

  /** Reads what comes next. Changes nothing. */
  SyncStep read(EventLog eventLog, int maxBytes) {
    long target = plan.target().getOpId();
    if (cursor < target) {
      return new SyncStep.Run(
          plan.eventsOnly()
              ? eventLog.readEvents(swarm, log, plan.held(), cursor, target, maxBytes)
              : eventLog.readDelta(swarm, log, plan.held(), bounds, cursor, maxBytes));
    }
    if (scopesDone < plan.snapshots().size()) {
      SnapshotScope next = plan.snapshots().get(scopesDone);
      KeyPage page =
          eventLog.readKeys(
              swarm, log, next.scope(), target, KeyInterval.after(afterKey), maxBytes);
      return new SyncStep.Keys(next.scope(), page);
    }
    return new SyncStep.End(receipt(eventLog));
  }

  /** Goes on behind a step. */
  void took(SyncStep step) {
    if (step instanceof SyncStep.Run run) {
      Page page = run.page();
      bounds = bounds.after(page);
      cursor = page.toInclusive();
      sent += page.operations().size();
      netZero += page.netZero().size();
      expired += page.expired().size();
    } else if (step instanceof SyncStep.Keys keys) {
      snapshotKeys += keys.page().operations().size();
      afterKey = keys.page().throughKey();
      if (keys.page().isLast()) {
        scopesDone++;
        afterKey =
            scopesDone < plan.snapshots().size() ? plan.snapshots().get(scopesDone).afterKey() : "";
      }
    }
  }

  private SyncReceipt receipt(EventLog eventLog) {
    long start = plan.start().getOpId();
    long target = plan.target().getOpId();
    long examined = eventLog.count(swarm, log, plan.held(), start, target);
    return SyncReceipt.newBuilder()
        .setTarget(plan.target())
        .addAllSums(eventLog.sums(swarm, log, plan.view(), target))
        .setExaminedCount(examined)
        .setSentCount(sent)
        .setSupersededCount(examined - sent - netZero - expired)
        .setNetZeroCount(netZero)
        .setExpiredCount(expired)
        .setSnapshotCount(snapshotKeys)
        .build();
  }
}
