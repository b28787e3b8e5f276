package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.path.deliver.SyncPlan.Amiss;
import dev.swarmlog.server.path.deliver.SyncPlan.SnapshotScope;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyedBounds;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ResumeTriple;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotResume;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides how a reader is brought up to date, from what it says of itself.
 *
 * <p>Stateless; reads from disk, so it is called where blocking is allowed.
 */
final class SyncPlanner {

  private static final Logger logger = LoggerFactory.getLogger(SyncPlanner.class);

  private final EventLog eventLog;
  private final History history;
  private final ReaderSums sums;
  private final int pageBytes;

  /**
   * @param pageBytes read at a time
   */
  SyncPlanner(EventLog eventLog, int pageBytes) {
    this.eventLog = eventLog;
    this.history = new History(eventLog);
    this.sums = new ReaderSums(eventLog);
    this.pageBytes = pageBytes;
  }

  /** Begins to plan how a reader is brought up to date. */
  PlanningCourse begin(SyncReader reader) {
    return reader.syncs()
        ? sync(reader.known())
        : PlanningCourse.decided(reading(reader), replay(reader));
  }

  /** Every operation from the position on. */
  private SyncChoice replay(SyncReader presented) {
    Position position = Positions.known(presented.position());
    // Nothing else that it says of itself matters.
    LogResume resume = LogResume.newBuilder().setPosition(position).build();
    SyncReader reader =
        new SyncReader(
            presented.swarm(),
            presented.log(),
            presented.view(),
            resume,
            presented.syncs(),
            presented.compares());
    if (reader.beginsFromNothing()) {
      return onlyDelta(fromNothing(reader));
    }
    History.Finding finding = history.find(reader.swarm(), reader.log(), position);
    if (finding.refusal() != null) {
      return noDelta(
          SyncPlan.rejected(position, reader.head(), reader.view(), finding.refusal())
              .finding(new Amiss(List.of(), List.of(), finding.parted())));
    }
    return onlyDelta(
        delta(
            reader.renamed(),
            DeltaBounds.from(position.getOpId(), reader.head().getOpId()),
            reason(reader)));
  }

  private PlanningCourse sync(SyncReader presented) {
    SyncChoice decided = withoutDelta(presented);
    if (decided != null) {
      return PlanningCourse.decided(reading(presented), decided);
    }
    SyncReader reader = presented.renamed();
    LogResume resume = reader.resume();
    return resume.hasTriple()
        ? smaller(reader, resumedBounds(reader, resume.getTriple()), "A sync goes on.")
        : smaller(
            reader,
            DeltaBounds.from(reader.position().getOpId(), reader.head().getOpId()),
            reason(presented));
  }

  private static String reason(SyncReader presented) {
    return presented.fork().isPresent()
        ? "Same history: another epoch has begun behind the position."
        : "Same history.";
  }

  /** Where plans for a reader are made from. */
  LogReading reading(SyncReader reader) {
    return new LogReading(eventLog, reader.swarm().name(), reader.log(), pageBytes);
  }

  /** What is done where no delta to a snapshot can be chosen from. */
  private @Nullable SyncChoice withoutDelta(SyncReader reader) {
    SwarmState swarm = reader.swarm();
    Log log = reader.log();
    if (reader.beginsFromNothing()) {
      return onlyDelta(fromNothing(reader));
    }
    for (Position position : positions(reader)) {
      History.Finding finding = history.find(swarm, log, position);
      if (finding.parted()) {
        logger.warn(
            "An agent of swarm {} ({}) is given a snapshot: {}",
            swarm.name(),
            LogName.of(log),
            finding.why());
        return noDelta(parted(reader, finding));
      }
      if (finding.belowHorizon()) {
        return noDelta(belowHorizon(reader, horizon(reader, position)));
      }
      if (finding.refusal() != null) {
        return noDelta(
            SyncPlan.rejected(position, reader.head(), reader.view(), finding.refusal()));
      }
    }
    Position fork = reader.fork().orElse(null);
    SyncPlan interrupted = fork == null ? interrupted(reader) : interruptedBelow(fork, reader);
    return interrupted != null ? noDelta(interrupted) : drifted(reader.renamed());
  }

  /** What is done where something was interrupted that no delta can resume. */
  private @Nullable SyncPlan interrupted(SyncReader reader) {
    LogResume resume = reader.resume();
    long triplesTarget = resume.getTriple().getTargetOpId();
    if (Long.compareUnsigned(triplesTarget, reader.head().getOpId()) > 0) {
      return SyncPlan.rejected(
          reader.position(),
          reader.head(),
          reader.view(),
          History.beyondHead(reader.swarm(), reader.log(), triplesTarget, reader.head()));
    }
    return resume.hasSnapshot() ? resumedSnapshot(reader, resume.getSnapshot()) : null;
  }

  /**
   * The same for a reader whose position is in the log, under the name of an epoch that ended.
   *
   * @param fork where that was
   */
  private @Nullable SyncPlan interruptedBelow(Position fork, SyncReader reader) {
    LogResume resume = reader.resume();
    if (resume.hasSnapshot()) {
      // Its target has another name now, so that a reader would not know its pages again.
      return backTo(
          reader,
          reader.renamed().position(),
          "A snapshot was interrupted, and another epoch has begun since.");
    }
    History.Finding above = History.above(reader.swarm(), fork, resume.getTriple().getTargetOpId());
    if (above != null) {
      return parted(reader, above);
    }
    if (resume.hasTriple() && !resume.getTriple().getExact()) {
      // A key may have been left out, or refused for good, for a newer operation that is lost.
      return backTo(
          reader,
          reader.renamed().position(),
          "It is not known what the reader holds of the keys, and another epoch has begun since.");
    }
    return null;
  }

  /** What is done where the reader's own sums are not those of the log. */
  private @Nullable SyncChoice drifted(SyncReader reader) {
    List<Scope> drifted = reader.resume().hasTriple() ? List.of() : sums.drifted(reader);
    if (drifted.isEmpty()) {
      return null;
    }
    String differing =
        drifted.stream()
            .map(scope -> scope.getTopic().name())
            .distinct()
            .collect(Collectors.joining(", "));
    logger.warn(
        "An agent of swarm {} ({}) is given a snapshot: at operation {} it holds another state than the log in {}.",
        reader.swarm().name(),
        LogName.of(reader.log()),
        reader.position().getOpId(),
        differing);
    return noDelta(
        snapshot(
                reader,
                "The state digest of " + differing + " at the position is not that of the log.")
            .finding(new Amiss(List.of(), drifted, false)));
  }

  private static SyncChoice onlyDelta(SyncPlan plan) {
    return new SyncChoice(plan, plan);
  }

  private static SyncChoice noDelta(SyncPlan plan) {
    return new SyncChoice(plan, null);
  }

  /**
   * What would be sent instead of a delta: the events, then the keyed state of the whole view.
   *
   * @param start where the events begin, exclusive
   */
  SyncPlan snapshotInsteadOf(SyncReader reader, SyncPlan delta, Position start) {
    return snapshot(
        reader,
        "The keyed state is smaller than what changed in it.",
        start,
        delta.target(),
        delta.held(),
        wholeView(reader));
  }

  /** Every position of the log that the reader claims to have seen. */
  private static List<Position> positions(SyncReader reader) {
    LogResume resume = reader.resume();
    return switch (resume.getInterruptedCase()) {
      case SNAPSHOT -> List.of(resume.getPosition(), resume.getSnapshot().getPosition());
      case TRIPLE, INTERRUPTED_NOT_SET -> List.of(resume.getPosition());
    };
  }

  private SyncPlan fromNothing(SyncReader reader) {
    Position start = Positions.start(reader.head());
    long missing = missing(reader, reader.view(), 0, reader.head().getOpId());
    return new SyncPlan(
        missing == 0 ? Plan.PLAN_CURRENT : Plan.PLAN_DELTA,
        "No position: from the beginning.",
        start,
        reader.head(),
        reader.head(),
        reader.view(),
        reader.view(),
        DeltaBounds.from(0, reader.head().getOpId()),
        false,
        List.of(),
        missing,
        Amiss.NOTHING,
        null);
  }

  private static DeltaBounds resumedBounds(SyncReader reader, ResumeTriple triple) {
    long cursor = triple.getCursorOpId();
    long head = reader.head().getOpId();
    if (!triple.getExact()) {
      return DeltaBounds.inexact(cursor, head);
    }
    return cursor == triple.getTargetOpId()
        ? DeltaBounds.from(cursor, head)
        : DeltaBounds.resumed(triple.getBaseOpId(), cursor, triple.getTargetOpId(), head);
  }

  /**
   * The smaller of delta and snapshot, in bytes. Where nothing was deleted the delta is: its
   * entries are part of the state. It is as well where all that was written is smaller than the
   * state.
   */
  private PlanningCourse smaller(SyncReader reader, DeltaBounds bounds, String reason) {
    SyncPlan delta = delta(reader, bounds, reason);
    KeyedBounds keyed =
        eventLog.keyedBounds(
            reader.swarm().name(), reader.log(), reader.held(), bounds.start(), bounds.target());
    long stateBytes = keyed.stateBytes().orElse(Long.MAX_VALUE);
    return keyed.deletions() == 0 || keyed.writtenBytes() <= stateBytes
        ? PlanningCourse.decided(reading(reader), onlyDelta(delta))
        : PlanningCourse.between(
            reading(reader), delta, snapshotInsteadOf(reader, delta, delta.start()), stateBytes);
  }

  private SyncPlan delta(SyncReader reader, DeltaBounds bounds, String reason) {
    List<SnapshotScope> added =
        reader.view().without(reader.held().scopes()).ascending().stream()
            .map(SnapshotScope::whole)
            .toList();
    long missing = missing(reader, reader.held(), bounds.start(), bounds.target());
    return new SyncPlan(
        missing == 0 && added.isEmpty() ? Plan.PLAN_CURRENT : Plan.PLAN_DELTA,
        added.isEmpty() ? reason : reason + " Scopes were added to the view.",
        reader.position(),
        reader.head(),
        reader.head(),
        reader.view(),
        reader.held(),
        bounds,
        false,
        added,
        missing,
        Amiss.NOTHING,
        null);
  }

  /** All keyed state, behind the events that are missing; added scopes begin at the target. */
  private SyncPlan snapshot(SyncReader reader, String reason) {
    return snapshot(
        reader, reason, reader.position(), reader.head(), reader.held(), comparedView(reader));
  }

  /** All keyed state; what the reader has of events is not known. */
  private SyncPlan replaced(SyncReader reader, String reason) {
    return snapshot(
        reader, reason, reader.head(), reader.head(), reader.view(), comparedView(reader));
  }

  /**
   * What is done about a reader whose position, or what it was on its way to, is not in the log.
   * Where it is known up to where the two histories are one, it is given the events from there on:
   * whatever has the numbers of those that it holds, and are lost, it has not seen.
   */
  private SyncPlan parted(SyncReader reader, History.Finding finding) {
    Position fork = finding.fork();
    SyncPlan plan =
        fork == null
            ? replaced(reader, finding.why())
            : backTo(reader, lower(fork, reader.renamed().position()), finding.why());
    return plan.finding(new Amiss(plan.amiss().lost(), List.of(), true));
  }

  private static Position lower(Position fork, Position position) {
    return Long.compareUnsigned(position.getOpId(), fork.getOpId()) < 0 ? position : fork;
  }

  /** Events from there on, then all keyed state. */
  private SyncPlan backTo(SyncReader reader, Position shared, String reason) {
    long horizonOpId = eventLog.horizonOpId(reader.swarm().name(), reader.log());
    if (shared.getOpId() < horizonOpId) {
      Position horizon = horizon(reader, shared);
      SyncPlan plan = fromHorizon(reader, horizon, reason);
      View given = withEvents(reader);
      return plan.finding(
          new Amiss(sums.lost(reader.backTo(shared), given, horizon.getOpId()), List.of(), false));
    }
    return snapshot(
        reader, reason, shared, reader.head(), withEvents(reader), comparedView(reader));
  }

  /**
   * Where the log begins.
   *
   * @throws BelowHorizonException if that has moved since the reader came: who asks again is told
   */
  private Position horizon(SyncReader reader, Position position) {
    String swarm = reader.swarm().name();
    long horizonOpId = eventLog.horizonOpId(swarm, reader.log());
    Optional<byte[]> hash =
        horizonOpId > reader.head().getOpId()
            ? Optional.empty()
            : eventLog.runningHash(swarm, reader.log(), horizonOpId);
    return hash.map(known -> Positions.at(reader.head(), horizonOpId, known))
        .orElseThrow(
            () -> new BelowHorizonException(swarm, reader.log(), position.getOpId(), horizonOpId));
  }

  /** Events from the horizon on, then all keyed state; what was lost is named. */
  private SyncPlan belowHorizon(SyncReader reader, Position horizon) {
    SyncPlan plan =
        fromHorizon(
            reader,
            horizon,
            "History has been compacted up to operation " + horizon.getOpId() + ".");
    return plan.finding(
        new Amiss(sums.lost(reader, withEvents(reader), horizon.getOpId()), List.of(), false));
  }

  private SyncPlan fromHorizon(SyncReader reader, Position horizon, String reason) {
    return snapshot(
        reader, reason, horizon, reader.head(), withEvents(reader), comparedView(reader));
  }

  /** Which scopes were held when a snapshot began is not known, if it was cut off. */
  private static View withEvents(SyncReader reader) {
    return reader.resume().hasSnapshot() ? reader.view() : reader.held();
  }

  private SyncPlan resumedSnapshot(SyncReader reader, SnapshotResume resume) {
    List<SnapshotScope> rest =
        reader.view().without(reader.held().scopes()).ascending().stream()
            .filter(scope -> !scope.equals(resume.getScope()) || !resume.getLastKey().isEmpty())
            .map(scope -> new SnapshotScope(scope, afterKey(scope, resume), reader.compares()))
            .toList();
    // Which scopes were held when it began is not known, if it was cut off among the events.
    return snapshot(
        reader,
        "A snapshot goes on.",
        reader.position(),
        Positions.in(reader.head(), resume.getPosition()),
        reader.view(),
        rest);
  }

  private static String afterKey(Scope scope, SnapshotResume resume) {
    return scope.equals(resume.getScope()) ? resume.getLastKey() : "";
  }

  /** The whole view, of which the reader holds most as it should, as far as it can say. */
  private static List<SnapshotScope> comparedView(SyncReader reader) {
    View held = withEvents(reader);
    return reader.view().ascending().stream()
        .map(
            scope ->
                new SnapshotScope(
                    scope,
                    "",
                    reader.compares() && held.contains(scope) && !reader.knowsNoKeys(scope)))
        .toList();
  }

  private static List<SnapshotScope> wholeView(SyncReader reader) {
    return reader.view().ascending().stream().map(SnapshotScope::whole).toList();
  }

  private SyncPlan snapshot(
      SyncReader reader,
      String reason,
      Position start,
      Position target,
      View withEvents,
      List<SnapshotScope> snapshots) {
    return new SyncPlan(
        Plan.PLAN_SNAPSHOT,
        reason,
        start,
        target,
        reader.head(),
        reader.view(),
        withEvents,
        DeltaBounds.from(start.getOpId(), target.getOpId()),
        true,
        snapshots,
        missing(reader, withEvents, start.getOpId(), target.getOpId()),
        Amiss.NOTHING,
        null);
  }

  private long missing(SyncReader reader, View view, long from, long to) {
    return eventLog.count(reader.swarm().name(), reader.log(), view, from, to);
  }
}
