package dev.swarmlog.server.path.deliver;

import dev.swarmlog.otel.Label;
import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.otel.Stage;
import dev.swarmlog.otel.trace.DeliveryTrace;
import dev.swarmlog.otel.trace.OperationTraces;
import dev.swarmlog.otel.trace.TaskAttribute;
import dev.swarmlog.otel.trace.TaskTrace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.Page;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;

/**
 * Notes when the operations of a lane were handed out and acknowledged. Owned by the lane's
 * executor.
 */
final class LaneMeter {

  private final TimeSource time;
  private final OperationMeter.OfSwarm meter;
  private final LaneFigures figures;
  private final OperationTraces traces;
  private final String swarm;
  private final Log log;
  private final String logLabel;
  private final String agent;
  // Of the sync that is under way.
  private long syncBegunNs;
  private long syncBytes;
  private TaskTrace syncTrace = TaskTrace.NONE;

  /**
   * @param figures of all lanes of the shard
   * @param agent who acknowledges
   */
  LaneMeter(Instruments instruments, LaneFigures figures, String swarm, Log log, String agent) {
    this.figures = figures;
    this.traces = instruments.traces();
    this.swarm = swarm;
    this.log = log;
    this.logLabel = LogName.of(log);
    this.time = instruments.time();
    this.meter = instruments.operations().of(swarm);
    this.agent = agent;
  }

  /** What is about to be handed out, and which of it the agent is to make spans of. */
  List<Long> handedOut(DeliveryFrame frame) {
    if (frame.operationCount() > 0) {
      meter.delivered(log, frame.operationCount(), frame.redeliveryCount());
    }
    List<Long> chosen = List.of();
    long nowNs = time.monotonicNs();
    for (RunOrigin origin : frame.origins()) {
      record(Stage.DELIVER, origin, nowNs - origin.durableNs());
      for (DeliveryTrace trace : origin.traces()) {
        if (trace.delivered(agent, nowNs)) {
          chosen = chosen.isEmpty() ? new ArrayList<>() : chosen;
          chosen.add(trace.opId());
        }
      }
    }
    return chosen;
  }

  /** What has been acknowledged. */
  void acknowledged(List<RunOrigin> origins) {
    long nowNs = time.monotonicNs();
    for (RunOrigin origin : origins) {
      record(Stage.ACK, origin, nowNs - origin.appendedNs());
      for (DeliveryTrace trace : origin.traces()) {
        trace.acknowledged(nowNs);
      }
    }
  }

  /**
   * When the oldest operation of a page was committed: what lies on disk has a time on the logged
   * clock only, which is that of the wall.
   */
  CommitTimes times(Page page) {
    long nowNs = time.monotonicNs();
    if (page.operations().isEmpty()) {
      return new CommitTimes(nowNs, nowNs);
    }
    long appendUnixNs = StoredForm.publish(page.operations().get(0)).appendUnixNs();
    long appendedNs = nowNs - Math.max(0, time.unixNs() - appendUnixNs);
    return new CommitTimes(appendedNs, appendedNs);
  }

  /** The lane has done something for so long, and does something else now. */
  void left(Lane.State state, long durationNs) {
    if (isStall(state)) {
      figures.stalled(logLabel, state, durationNs);
    }
  }

  private static boolean isStall(Lane.State state) {
    return state == Lane.State.WAITING_FOR_READER || state == Lane.State.WAITING_FOR_ACKS;
  }

  /**
   * A sync begins.
   *
   * @param traceparent of the agent's part; empty if it has none
   */
  void syncBegins(SyncPlan plan, String traceparent, String tracestate) {
    syncBegunNs = time.monotonicNs();
    syncBytes = 0;
    syncTrace =
        plan.kind() == Plan.PLAN_CURRENT
            ? TaskTrace.NONE
            : traces
                .syncing(swarm, agent, logLabel, traceparent, tracestate)
                .note(TaskAttribute.SYNC_PLAN, Label.of(plan.kind(), "PLAN_"))
                .note(TaskAttribute.SYNC_FROM, plan.start().getOpId())
                .note(TaskAttribute.SYNC_TARGET, plan.target().getOpId());
  }

  /** The lane has ended; a sync that is under way comes to nothing. */
  void closed() {
    syncTrace.failed("closed", "The lane ended before the sync did.");
  }

  /** Of the sync that is under way something was sent. */
  void syncSent(long bytes) {
    syncBytes += bytes;
  }

  /** The sync has ended. */
  void synced(Plan plan, SyncReceipt receipt) {
    figures.synced(logLabel, plan, receipt, syncBytes, time.monotonicNs() - syncBegunNs);
    syncTrace
        .note(TaskAttribute.SYNC_OPERATIONS, receipt.getSentCount())
        .note(TaskAttribute.SYNC_KEYS, receipt.getSnapshotCount())
        .note(TaskAttribute.SYNC_ELIDED, receipt.getSupersededCount() + receipt.getNetZeroCount())
        .note(TaskAttribute.SYNC_BYTES, syncBytes)
        .end();
    syncTrace = TaskTrace.NONE;
  }

  private void record(Stage stage, RunOrigin origin, long lagNs) {
    for (Topic topic : origin.topics()) {
      if (origin.traces().isEmpty()) {
        meter.record(stage, topic, lagNs);
      } else {
        meter.record(stage, topic, lagNs, agent, origin.traces().get(0).publish());
      }
    }
  }
}
