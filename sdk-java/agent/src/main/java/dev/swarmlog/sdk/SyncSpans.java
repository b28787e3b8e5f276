package dev.swarmlog.sdk;

import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The syncs of an agent, each a trace of its own, from the attaching of a lane, or from when it
 * fell behind, until it has caught up. Belongs to the session's context.
 */
final class SyncSpans {
  private static final class Sync {
    final Span span;
    long bytes;

    Sync(Span span) {
      this.span = span;
    }
  }

  private final AgentTracing tracing;
  private final Map<Log, Sync> open = new EnumMap<>(Log.class);

  SyncSpans(AgentTracing tracing) {
    this.tracing = tracing;
  }

  /**
   * A lane is about to be attached.
   *
   * @return what its sync is known by in the coordinator's part of the trace
   */
  TraceContext.Text attach(LogPlan plan) {
    boolean brings = plan.getPlan() == Plan.PLAN_DELTA || plan.getPlan() == Plan.PLAN_SNAPSHOT;
    if (!brings || plan.getLog() == Log.LOG_TELEMETRY || !tracing.instruments().traces()) {
      return TraceContext.Text.NONE;
    }
    Position target = plan.hasTarget() ? plan.getTarget() : plan.getHead();
    Span span = begin(plan.getLog(), plan.getPlan(), plan.getStart(), target);
    return TraceContext.Text.of(Context.root().with(span));
  }

  /** An attached lane is given a delta from disk. */
  void fellBehind(Position from, Position head) {
    if (tracing.instruments().traces() && !open.containsKey(head.getLog())) {
      begin(head.getLog(), Plan.PLAN_DELTA, from, head);
    }
  }

  /** A frame has come; its size is known only at a cost, and to no one else of use. */
  void frame(Log log, DataResponse frame) {
    Sync sync = open.get(log);
    if (sync != null && sync.span.isRecording()) {
      sync.bytes += frame.getSerializedSize();
    }
  }

  /**
   * A sync is over, and what it brought is committed.
   *
   * @param report null where the coordinator sends no receipts
   * @param received operations that came, if there is no report
   */
  void ended(Log log, @Nullable SyncReport report, long received, long duplicates) {
    Sync ended = open.remove(log);
    if (ended == null) {
      return;
    }
    recording().attempt(() -> end(ended, report, received, duplicates));
  }

  private static void end(Sync ended, @Nullable SyncReport report, long received, long duplicates) {
    Span span = ended.span;
    span.setAttribute(TraceNames.SYNC_OPERATIONS, report == null ? received : report.received());
    span.setAttribute(TraceNames.SYNC_DUPLICATES, duplicates);
    span.setAttribute(TraceNames.SYNC_BYTES, ended.bytes);
    if (report != null) {
      span.setAttribute(TraceNames.SYNC_KEYS, report.paged());
      span.setAttribute(TraceNames.SYNC_REDUNDANT, report.redundant());
      if (!report.mismatches().isEmpty()) {
        span.setAttribute(TraceNames.ERROR_TYPE, "mismatch");
        span.setStatus(StatusCode.ERROR, String.join("; ", report.mismatches()));
      }
    }
    span.end();
  }

  /** The streams are gone, or about to be. */
  void interrupted() {
    open.values().forEach(sync -> recording().attempt(() -> interrupt(sync.span)));
    open.clear();
  }

  private static void interrupt(Span span) {
    span.setAttribute(TraceNames.ERROR_TYPE, "interrupted");
    span.setStatus(StatusCode.ERROR, "The streams of the session ended before the sync did");
    span.end();
  }

  private Recording recording() {
    return tracing.instruments().recording();
  }

  private Span begin(Log log, Plan plan, Position from, Position target) {
    Span span =
        recording()
            .begin(
                () ->
                    tracing
                        .sync(log)
                        .setAttribute(
                            TraceNames.SYNC_PLAN,
                            plan.name().substring("PLAN_".length()).toLowerCase(Locale.ROOT))
                        .setAttribute(TraceNames.SYNC_FROM, from.getOpId())
                        .setAttribute(TraceNames.SYNC_TARGET, target.getOpId())
                        .startSpan());
    open.put(log, new Sync(span));
    return span;
  }
}
