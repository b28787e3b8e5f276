package dev.swarmlog.sdk;

import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.TelemetryDelivery;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One lane of an {@link AgentSession}: which frame may be read, which step is with the handler, and
 * where the lane stands. It outlives streams: a step that a handler holds when a stream breaks is
 * finished, and only then the lane attaches again, so operations are never applied by two calls at
 * a time.
 *
 * <pre>
 *              attach               frame with content            applied
 *   DETACHED --------> READING ----------------------------> APPLYING --------> READING (or DETACHED)
 *      ^                  |                                   |     ^
 *      |  stream ended    |                    handler failed |     | retry timer
 *      +------------------+                                   v     |
 *                                                            RETRYING
 * </pre>
 *
 * A stream that ends while APPLYING or RETRYING leaves the state; {@code attached} tells whether
 * there is a stream. One frame at a time is asked for, so at most one is held. Pure, not
 * thread-safe.
 *
 * <p>A step that a handler has when Hello is sent, and what the plan then knows of it: see {@link
 * ResumePoint}.
 */
final class LaneSession {
  static final long FLUSH_DELAY_NS = Duration.ofMillis(250).toNanos();

  enum State {
    DETACHED,
    READING,
    APPLYING,
    RETRYING
  }

  /** What a lane wants done. */
  interface Output {
    /** Ask the stream for one more frame. */
    void requestFrame(Log log);

    /** Hand the step to the handler and commit it; answered by applied or applyFailed. */
    void deliver(LaneStep step);

    /** Hand the same step over again. */
    void deliverAgain(Log log);

    /** Tell the coordinator what is durably applied. */
    void sendAck(Position applied);

    void startTimer(TimerKey key, long delayNs);
  }

  private static final LaneOutcome OK = new LaneOutcome.Ok();

  private final Log log;
  private final Output output;
  private final Backoff retryBackoff;
  private State state = State.DETACHED;
  private boolean attached;
  private boolean paused;
  private boolean caughtUp;
  // Everything at or below it is applied, or not for this agent. Never goes back within an epoch
  // while there is a stream.
  private @Nullable Position position;
  // What a restart would resume from. Without a stream, it is where the lane stands.
  private final ResumePoint resume;
  private @Nullable LogPlan planToAdopt;
  // Whether the coordinator of the session sends deltas, pages and receipts.
  private boolean minimal;
  // Between the start of a plan, or FellBehind, and CaughtUp, where deltas are sent.
  private @Nullable SyncProgress sync;
  private List<Scope> scopes = List.of();
  // Goes with the next step.
  private LaneStep.@Nullable SyncStart start;
  // With the handler, while APPLYING or RETRYING.
  private @Nullable LaneStep applying;
  // The position moved without a step.
  private boolean moved;
  // The keyed state differed at the end of the last sync.
  private boolean stateDiffered;
  // At most one frame is asked for: either it is outstanding, or held, or being applied.
  private boolean outstanding;
  private @Nullable DataResponse held;
  private long received;
  private long duplicates;

  LaneSession(Log log, @Nullable LogResume stored, Output output, Backoff retryBackoff) {
    this.retryBackoff = retryBackoff;
    this.log = log;
    this.output = output;
    this.position = stored == null ? null : stored.getPosition();
    this.resume = new ResumePoint(log, stored);
  }

  Log log() {
    return log;
  }

  State state() {
    return state;
  }

  /** Telemetry is never caught up with, nor behind. */
  boolean isCaughtUp() {
    return caughtUp || log == Log.LOG_TELEMETRY;
  }

  /** Whether a handler holds a step now. */
  boolean isApplying() {
    return state == State.APPLYING;
  }

  @Nullable Position position() {
    return position;
  }

  long received() {
    return received;
  }

  long duplicates() {
    return duplicates;
  }

  /** What Hello says of the lane; null if there is nothing to say. */
  @Nullable LogResume present() {
    return resume.present(applying);
  }

  /**
   * Takes the coordinator's plan.
   *
   * @param sendsDeltas what comes is a minimal delta, else every operation that is missing
   */
  void plan(LogPlan plan, boolean sendsDeltas) {
    planToAdopt = plan;
    minimal = sendsDeltas && log != Log.LOG_TELEMETRY;
  }

  /** Whether the lane waits to be attached to the current session. */
  boolean canAttach() {
    return planToAdopt != null && state == State.DETACHED;
  }

  /** Why the plan cannot be followed, now that no handler has a step; null if it can. */
  @Nullable String planMisfit() {
    return resume.misfit(minimal);
  }

  /** A stream is open for the lane. */
  void attach() {
    LogPlan plan = planToAdopt;
    planToAdopt = null;
    start = null;
    sync = null;
    if (plan != null && plan.hasStart()) {
      adopt(plan);
    }
    attached = true;
    paused = false;
    caughtUp = false;
    received = 0;
    duplicates = 0;
    state = State.READING;
    outstanding = false;
    request();
  }

  /** The lane's stream is gone, or about to be. */
  void detach() {
    attached = false;
    planToAdopt = null;
    held = null;
    caughtUp = false;
    sync = null;
    if (state == State.READING) {
      state = State.DETACHED;
    }
    if (state == State.DETACHED) {
      standAtCommitted();
    }
  }

  /** Reads nothing more; what is being applied is finished and acknowledged. */
  void pause() {
    paused = true;
    held = null;
  }

  LaneOutcome frame(DataResponse frame) {
    outstanding = false;
    if (!attached || paused) {
      return OK; // It comes again: nothing of it was acknowledged.
    }
    if (state != State.READING) {
      held = frame;
      return OK;
    }
    return switch (frame.getFrameCase()) {
      case DELIVERY -> delivery(frame.getDelivery());
      case CAUGHT_UP -> caughtUp(frame.getCaughtUp().getPosition());
      case FELL_BEHIND -> fellBehind(frame.getFellBehind());
      case TELEMETRY -> telemetry(frame.getTelemetry());
      case SNAPSHOT -> page(frame.getSnapshot());
      case RECEIPT -> receipt(frame.getReceipt());
      case NOTICE, FRAME_NOT_SET -> {
        // A frame of a later version; what must not be missed would come as a capability we did not
        // ask for.
        request();
        yield OK;
      }
    };
  }

  /** The handler is done with the step, and it is committed. */
  LaneOutcome applied(PreparedStep done) {
    LaneStep step = applying;
    if (step == null) {
      throw new IllegalStateException("Expected a step with the handler, but there is none");
    }
    applying = null;
    retryBackoff.reset();
    state = attached ? State.READING : State.DETACHED;
    if (log != Log.LOG_TELEMETRY) {
      position = step.to();
      resume.committed(done.after());
      if (attached) {
        output.sendAck(step.to());
      }
    }
    if (!attached) {
      return OK;
    }
    LaneOutcome outcome = OK;
    if (sync != null) {
      sync.applied(done.redundant());
      if (step.content() instanceof LaneStep.Finished) {
        outcome = finished(sync, done);
      }
    }
    if (outcome instanceof LaneOutcome.Resync || paused) {
      return outcome;
    }
    DataResponse next = held;
    if (next != null && outcome == OK) {
      held = null;
      return frame(next);
    }
    request();
    return outcome;
  }

  void applyFailed() {
    state = State.RETRYING;
    output.startTimer(new TimerKey(TimerKey.Kind.RETRY, log), retryBackoff.nextDelayNs(0, null));
  }

  void retryDue() {
    if (state == State.RETRYING) {
      state = State.APPLYING;
      output.deliverAgain(log);
    }
  }

  /** Commits and acknowledges a position that moved without operations. */
  void flush() {
    if (state == State.READING && moved && position != null) {
      hand(resume.opId(), after(position), new LaneStep.Delivered(List.of(), List.of(), false));
    }
  }

  private void hand(long fromOpId, LogResume after, LaneStep.Content content) {
    LaneStep step = new LaneStep(log, fromOpId, after, content, start);
    start = null;
    moved = false;
    applying = step;
    state = State.APPLYING;
    output.deliver(step);
  }

  private void request() {
    if (!outstanding) {
      outstanding = true;
      output.requestFrame(log);
    }
  }

  private LaneOutcome delivery(Delivery delivery) {
    SyncProgress under = sync;
    String misfit = Deliveries.misfit(delivery, position, under == null ? null : under.target());
    if (misfit != null) {
      return new LaneOutcome.Resync(misfit);
    }
    long fromOpId = position == null ? delivery.getFromOpId() : position.getOpId();
    Position to = delivery.getTo();
    if (under != null) {
      under.delivered(delivery.getOperationsCount());
    }
    List<Operation> fresh = Deliveries.above(fromOpId, delivery.getOperationsList());
    duplicates += delivery.getOperationsCount() - fresh.size();
    boolean skips = delivery.getSkippedCount() > 0 && to.getOpId() > fromOpId;
    if (fresh.isEmpty() && !skips) {
      Position stands = resume.position();
      if (stands != null && delivery.getOperationsCount() > 0) {
        // Applied while the lane was detached: nothing else would acknowledge it on this stream.
        output.sendAck(to.getOpId() <= stands.getOpId() ? to : stands);
      }
      move(to);
      request();
      return OK;
    }
    received += fresh.size();
    boolean partlySeen = delivery.getFromOpId() < fromOpId;
    hand(fromOpId, after(to), new LaneStep.Delivered(fresh, delivery.getSkippedList(), partlySeen));
    return OK;
  }

  private LaneOutcome page(SnapshotPage page) {
    SyncProgress under = sync;
    if (under == null) {
      return new LaneOutcome.Resync("Expected keyed state within a sync, but got some after one");
    }
    String misfit = under.misfit(page);
    if (misfit != null) {
      return new LaneOutcome.Resync(misfit);
    }
    under.paged(page.getOperationsCount());
    if (under.isBehind(page)) {
      duplicates += page.getOperationsCount();
      request();
      return OK;
    }
    received += page.getOperationsCount();
    LogResume after = under.advance(page);
    hand(page.getPosition().getOpId(), after, new LaneStep.Paged(page, under.pending()));
    return OK;
  }

  private LaneOutcome receipt(SyncReceipt receipt) {
    if (sync != null) {
      sync.receipt(receipt);
    }
    request();
    return OK;
  }

  private LaneOutcome caughtUp(Position at) {
    SyncProgress ending = sync;
    if (ending == null) {
      if (position == null || Deliveries.isSameHistory(position, at)) {
        move(at);
      }
      caughtUp = true;
      request();
      return new LaneOutcome.CaughtUp(null);
    }
    String misfit = ending.misfit(at);
    SyncReceipt receipt = ending.receipt();
    if (misfit != null || receipt == null) {
      return new LaneOutcome.Resync(String.valueOf(misfit));
    }
    hand(
        position == null ? at.getOpId() : position.getOpId(),
        LogResume.newBuilder().setPosition(ending.target()).build(),
        new LaneStep.Finished(receipt, scopes));
    return OK;
  }

  /** The end of a sync is committed. */
  private LaneOutcome finished(SyncProgress ended, PreparedStep done) {
    SyncReport report = ended.report(done.mismatches());
    sync = null;
    if (done.stateDiffers() && !stateDiffered) {
      stateDiffered = true;
      // Hello carries the sums: the coordinator answers with a snapshot.
      return new LaneOutcome.Resync(
          "Expected the keyed state of the receipt, but it differs: " + done.mismatches().get(0),
          report);
    }
    // A second time in a row it is told only: nothing would mend it.
    stateDiffered = done.stateDiffers();
    caughtUp = true;
    return new LaneOutcome.CaughtUp(report);
  }

  private LaneOutcome fellBehind(FellBehind frame) {
    Position stands = position;
    if (minimal && stands != null) {
      if (sync != null || !Deliveries.isSame(stands, frame.getPosition())) {
        return new LaneOutcome.Resync(
            "Expected to fall behind at operation %d with no sync under way, but it was at %d"
                .formatted(stands.getOpId(), frame.getPosition().getOpId()));
      }
      sync = SyncProgress.fellBehind(stands, frame.getHead());
    }
    caughtUp = false;
    request();
    return new LaneOutcome.FellBehind(frame.getHead());
  }

  private LaneOutcome telemetry(TelemetryDelivery delivery) {
    if (delivery.getOperationsCount() == 0) {
      request();
    } else {
      received += delivery.getOperationsCount();
      Position nowhere = Position.newBuilder().setLog(log).build();
      hand(
          0,
          LogResume.newBuilder().setPosition(nowhere).build(),
          new LaneStep.Delivered(delivery.getOperationsList(), List.of(), false));
    }
    return delivery.getDroppedCount() == 0
        ? OK
        : new LaneOutcome.Dropped(delivery.getDroppedCount());
  }

  /** Moves the position without operations, and sees to it that it is committed in a moment. */
  private void move(Position to) {
    if (log == Log.LOG_TELEMETRY || (position != null && to.getOpId() <= position.getOpId())) {
      return;
    }
    position = to;
    if (!moved) {
      moved = true;
      output.startTimer(new TimerKey(TimerKey.Kind.FLUSH, log), FLUSH_DELAY_NS);
    }
  }

  /**
   * A start in another history replaces the position; in the same one it can only move it over what
   * is lost. With deltas, that is committed with the first step and not before.
   */
  private void adopt(LogPlan plan) {
    Position stands = position;
    Position startAt = plan.getStart();
    boolean other = stands != null && !Deliveries.isSameHistory(stands, startAt);
    boolean replaces = stands != null && (other || startAt.getOpId() > stands.getOpId());
    if (stands == null || replaces) {
      stands = startAt;
      position = startAt;
      if (!minimal || (resume.committed() == null && startAt.getOpId() == 0)) {
        resume.committed(LogResume.newBuilder().setPosition(startAt).build());
      }
    }
    if (minimal) {
      scopes = plan.getScopesList();
      SyncProgress under = SyncProgress.of(plan, stands, resume.committed());
      start = new LaneStep.SyncStart(scopes, replaces, under.beginsSnapshot());
      sync = under;
    }
  }

  private void standAtCommitted() {
    position = resume.position();
    start = null;
    moved = false;
  }

  /** What is committed with a delivery up to a position. */
  private LogResume after(Position to) {
    return sync == null ? resume.after(to) : sync.after(to);
  }
}
