package dev.swarmlog.sdk;

import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.TelemetryDelivery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the frames of a lane say, one after the other: which steps they make, where the lane stands,
 * and which sync is under way. Whose turn it is, its {@link LaneSession} decides. Pure, not
 * thread-safe.
 */
final class LaneReader {
  /** What a frame leads to: at most one of the two. */
  interface Turn {
    /** The frame is done with: read one more. */
    void request();

    /** A step for the handler. */
    void hand(LaneStep step);
  }

  static final LaneOutcome OK = new LaneOutcome.Ok();

  private final Log log;
  private final LaneSession.Output output;
  private final Turn turn;
  // Everything at or below it is applied, or not for this agent. Never goes back within an epoch
  // while there is a stream.
  private @Nullable Position position;
  // What a restart would resume from. Without a stream, it is where the lane stands.
  private final ResumePoint resume;
  // Whether the coordinator of the session sends deltas, pages and receipts.
  private boolean minimal;
  private boolean choosesTraced;
  private final LaneAcks acks;
  private final SumsSchedule sums;
  // Between the start of a plan, or FellBehind, and CaughtUp, where deltas are sent.
  private @Nullable SyncProgress sync;
  private List<Scope> scopes = List.of();
  // Goes with the next step.
  private LaneStep.@Nullable SyncStart start;
  // The position moved without a step.
  private boolean moved;
  // The keyed state differed at the end of the last sync.
  private boolean stateDiffered;
  private boolean caughtUp;
  private long received;
  private long duplicates;
  // Both since the agent was started; of those that came again, without the duplicates above.
  private long ignoredBefore;
  private long outOfOrder;

  LaneReader(
      Log log,
      @Nullable LogResume stored,
      boolean lacksKeys,
      LaneSession.Output output,
      Turn turn,
      SumsSchedule sums) {
    this.acks = new LaneAcks(log, output, sums);
    this.sums = sums;
    this.log = log;
    this.output = output;
    this.turn = turn;
    this.position = stored == null ? null : stored.getPosition();
    this.resume = new ResumePoint(log, stored, lacksKeys);
  }

  boolean isCaughtUp() {
    return caughtUp;
  }

  @Nullable Position position() {
    return position;
  }

  /** Operations handed over since the lane was attached. */
  long received() {
    return received;
  }

  /** Operations that came again since the lane was attached. */
  long duplicates() {
    return duplicates;
  }

  /** Operations that came again since the agent was started. */
  long ignored() {
    return ignoredBefore + duplicates;
  }

  /** Frames that did not follow on what the lane had since the agent was started. */
  long outOfOrder() {
    return outOfOrder;
  }

  /** What Hello says of the lane while a handler has a step; null if there is nothing to say. */
  @Nullable LogResume present(@Nullable LaneStep applying) {
    return resume.present(applying);
  }

  /** Tells what to expect of the coordinator of the session that begins. */
  void expect(SessionTerms terms) {
    minimal = terms.deltas() && log != Log.LOG_TELEMETRY;
    choosesTraced = terms.choosesTraced();
    sums.expect(minimal && terms.drift(), terms.driftIntervalNs());
  }

  @Nullable String planMisfit(LogPlan plan) {
    return resume.misfit(plan, minimal);
  }

  /** A stream is open for the lane, and follows the plan. */
  void attach(@Nullable LogPlan plan) {
    start = null;
    sync = null;
    if (plan != null && plan.hasStart()) {
      adopt(plan);
    }
    acks.attach();
    caughtUp = false;
    received = 0;
    ignoredBefore += duplicates;
    duplicates = 0;
  }

  void detach() {
    caughtUp = false;
    sync = null;
  }

  /** Forgets what was read and not committed. */
  void standAtCommitted() {
    position = resume.position();
    start = null;
    moved = false;
  }

  /** Reads a frame; no handler has a step. */
  LaneOutcome frame(DataResponse frame) {
    return switch (frame.getFrameCase()) {
      case DELIVERY -> delivery(frame.getDelivery());
      case CAUGHT_UP -> caughtUp(frame.getCaughtUp().getPosition());
      case FELL_BEHIND -> fellBehind(frame.getFellBehind());
      case TELEMETRY -> telemetry(frame.getTelemetry());
      case SNAPSHOT -> page(frame.getSnapshot());
      case RECEIPT -> receipt(frame.getReceipt());
      case DIGEST_QUERY -> query(frame.getDigestQuery());
      case REPAIR -> repair(frame.getRepair());
      case NOTICE, FRAME_NOT_SET -> {
        // A frame of a later version; what must not be missed would come as a capability we did not
        // ask for.
        turn.request();
        yield OK;
      }
    };
  }

  /**
   * A step is committed.
   *
   * @param appliedUnixNs when that was, by the agent's clock
   */
  LaneOutcome applied(LaneStep step, PreparedStep done, boolean attached, long appliedUnixNs) {
    if (log != Log.LOG_TELEMETRY) {
      Position before = resume.position();
      position = step.to();
      resume.committed(done);
      acks.applied(step, appliedUnixNs);
      if (attached) {
        boolean insideSync = sync != null && !(step.content() instanceof LaneStep.Finished);
        acks.committed(step, done, before, insideSync);
      }
    }
    if (attached && sync != null) {
      sync.applied(done.redundant());
      if (step.content() instanceof LaneStep.Finished) {
        return finished(sync, done);
      }
    }
    return step.content() instanceof LaneStep.Repaired repaired
        ? new LaneOutcome.Repaired(RepairReport.of(repaired.repair(), done.batch()))
        : OK;
  }

  /** The interval between two reports is over. */
  void sumsDue() {
    sums.elapsed();
  }

  /** Reports what is held, if that is due and was not done with an ack; no handler has a step. */
  void report() {
    Position stands = position;
    LogResume committed = resume.committed();
    if (sync != null || stands == null || committed == null || !sums.isDue()) {
      return;
    }
    if (sums.comparesState()) {
      hand(resume.opId(), after(stands), new LaneStep.Compared());
    } else {
      acks.report(committed, true);
    }
  }

  /** Hands over a position that moved without operations; no handler has a step. */
  void flush() {
    if (moved && position != null) {
      hand(resume.opId(), after(position), new LaneStep.Delivered(List.of(), List.of(), false));
    }
  }

  private void hand(long fromOpId, LogResume after, LaneStep.Content content) {
    LaneStep step = new LaneStep(log, fromOpId, after, content, start);
    start = null;
    moved = false;
    turn.hand(step);
  }

  private LaneOutcome delivery(Delivery delivery) {
    SyncProgress under = sync;
    String misfit = Deliveries.misfit(delivery, position, under == null ? null : under.target());
    if (misfit != null) {
      return outOfOrder(misfit);
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
      if (stands != null
          && Deliveries.isSameHistory(stands, to)
          && delivery.getOperationsCount() > 0) {
        // Applied while the lane was detached: nothing else would acknowledge it on this stream.
        acks.position(to.getOpId() <= stands.getOpId() ? to : stands);
      }
      move(to);
      turn.request();
      return OK;
    }
    received += fresh.size();
    boolean partlySeen = delivery.getFromOpId() < fromOpId;
    TraceChoice traced = choosesTraced ? TraceChoice.of(delivery) : TraceChoice.SAMPLED;
    hand(
        fromOpId,
        after(to),
        new LaneStep.Delivered(fresh, delivery.getSkippedList(), partlySeen, traced));
    return OK;
  }

  private LaneOutcome page(SnapshotPage page) {
    SyncProgress under = sync;
    if (under == null) {
      return outOfOrder("Expected keyed state within a sync, but got some after one");
    }
    String misfit = under.misfit(page);
    if (misfit != null) {
      return outOfOrder(misfit);
    }
    under.paged(page.getOperationsCount());
    if (under.isBehind(page)) {
      duplicates += page.getOperationsCount();
      turn.request();
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
    turn.request();
    return OK;
  }

  private LaneOutcome caughtUp(Position at) {
    SyncProgress ending = sync;
    if (ending == null) {
      if (position == null || Deliveries.isSameHistory(position, at)) {
        move(at);
      }
      caughtUp = true;
      turn.request();
      return new LaneOutcome.CaughtUp(null);
    }
    String misfit = ending.misfit(at);
    SyncReceipt receipt = ending.receipt();
    if (misfit != null || receipt == null) {
      return outOfOrder(String.valueOf(misfit));
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
    // Where sums are looked at, those that go with the end of the sync lead to a repair.
    if (done.stateDiffers() && !stateDiffered && !sums.heals()) {
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

  private LaneOutcome query(DigestQuery query) {
    Position stands = position;
    if (!sums.accepted()) {
      turn.request();
      return OK;
    }
    if (stands == null || (sync != null && !sync.mayBeAsked(stands))) {
      return outOfOrder(
          "Expected queries of digests between syncs and where a plan compares, but query %d came elsewhere"
              .formatted(query.getQueryId()));
    }
    hand(resume.opId(), after(stands), new LaneStep.Queried(query, sync != null));
    return OK;
  }

  private LaneOutcome repair(Repair repair) {
    Position stands = position;
    if (!sums.accepted()) {
      turn.request();
      return OK;
    }
    String misfit =
        sync != null || stands == null
            ? "Expected repairs between syncs, but one of %s came inside of one"
                .formatted(Scopes.describe(Repairs.scope(repair)))
            : Repairs.misfit(repair, stands, scopes);
    if (misfit != null || stands == null) {
      return outOfOrder(String.valueOf(misfit));
    }
    hand(stands.getOpId(), after(stands), new LaneStep.Repaired(repair));
    return OK;
  }

  private LaneOutcome fellBehind(FellBehind frame) {
    Position stands = position;
    if (minimal && stands != null) {
      if (sync != null || !Deliveries.isSame(stands, frame.getPosition())) {
        return outOfOrder(
            "Expected to fall behind at operation %d with no sync under way, but it was at %d"
                .formatted(stands.getOpId(), frame.getPosition().getOpId()));
      }
      sync = SyncProgress.fellBehind(stands, frame.getHead());
    }
    if (minimal && resume.lacksKeys()) {
      return new LaneOutcome.Resync(
          "Expected every key that changed, since operations were refused, but the delta of a reader that fell behind leaves out those with the value they had");
    }
    caughtUp = false;
    turn.request();
    return new LaneOutcome.FellBehind(frame.getHead());
  }

  private LaneOutcome telemetry(TelemetryDelivery delivery) {
    if (delivery.getOperationsCount() == 0) {
      turn.request();
    } else {
      received += delivery.getOperationsCount();
      Position nowhere = Position.newBuilder().setLog(log).build();
      hand(
          0,
          LogResume.newBuilder().setPosition(nowhere).build(),
          new LaneStep.Delivered(
              delivery.getOperationsList(),
              List.of(),
              false,
              choosesTraced ? TraceChoice.NONE : TraceChoice.SAMPLED));
    }
    return delivery.getDroppedCount() == 0
        ? OK
        : new LaneOutcome.Dropped(delivery.getDroppedCount());
  }

  /** The frame does not follow on what the lane has. */
  private LaneOutcome outOfOrder(String misfit) {
    outOfOrder++;
    return new LaneOutcome.Resync(misfit);
  }

  /** Moves the position without operations, and sees to it that it is committed in a moment. */
  private void move(Position to) {
    if (log == Log.LOG_TELEMETRY || (position != null && to.getOpId() <= position.getOpId())) {
      return;
    }
    position = to;
    if (!moved) {
      moved = true;
      output.startTimer(new TimerKey(TimerKey.Kind.FLUSH, log), LaneSession.FLUSH_DELAY_NS);
    }
  }

  /**
   * A start in another history replaces the position; in the same one it can only move it over what
   * is lost. With deltas, that is committed with the first step and not before. Where the history
   * that the lane knows goes on under the name of another epoch, so does all that it counted.
   */
  private void adopt(LogPlan plan) {
    Position stands = position;
    Position startAt = plan.getStart();
    resume.adopt(plan);
    if (stands != null && Deliveries.isShared(stands, plan)) {
      stands = Deliveries.renamed(stands, startAt);
      position = stands;
    }
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

  /** What is committed with a delivery up to a position. */
  private LogResume after(Position to) {
    return sync == null ? resume.after(to) : sync.after(to);
  }
}
