package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.path.deliver.SyncPlan.SnapshotScope;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SyncReceipt;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sync under way: first the delta, run by run, then keyed state, scope by scope, then the
 * receipt. Where the plan compares, it has to be told which keys of a scope differ before it reads
 * them. It holds a few numbers and intervals, and nothing of what it reads.
 *
 * <p><b>Threads.</b> One reader owns it. It has {@link #read} called on a thread that may block,
 * and {@link #took} and {@link #compared} afterwards; they never overlap.
 */
final class SyncCourse {

  private final SyncPlan plan;
  private final String swarm;
  private final Log log;

  private DeltaBounds bounds;
  private long cursor;
  // Of the scope whose turn it is: what is to be sent, and what is to be compared first.
  private int scopesDone;
  private final Deque<KeyInterval> unsent = new ArrayDeque<>();
  private @Nullable KeyInterval uncompared;

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
    beginScope();
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
      Scope scope = plan.snapshots().get(scopesDone).scope();
      KeyInterval keys = unsent.peek();
      return keys == null
          ? new SyncStep.Compare(scope, Objects.requireNonNull(uncompared))
          : new SyncStep.Keys(scope, eventLog.readKeys(swarm, log, scope, target, keys, maxBytes));
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
      KeyInterval behind = unsent.remove().behind(keys.page().throughKey());
      if (behind != null) {
        unsent.addFirst(behind);
      }
      endScope();
    }
  }

  /** Goes on behind a comparison. */
  void compared(DifferingKeys differing) {
    unsent.addAll(differing.intervals());
    uncompared = differing.uncompared();
    endScope();
  }

  private void beginScope() {
    if (scopesDone < plan.snapshots().size()) {
      SnapshotScope next = plan.snapshots().get(scopesDone);
      KeyInterval all = KeyInterval.after(next.afterKey());
      if (next.compares()) {
        uncompared = all;
      } else {
        unsent.add(all);
      }
    }
  }

  private void endScope() {
    if (unsent.isEmpty() && uncompared == null) {
      scopesDone++;
      beginScope();
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
