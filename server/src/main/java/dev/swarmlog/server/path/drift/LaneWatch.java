package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.DriftSettings;
import dev.swarmlog.server.path.admit.AgentBuckets;
import dev.swarmlog.server.path.batch.OwnReports;
import dev.swarmlog.server.path.drift.SumsComparison.Differing;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what the agent of a lane says it holds with the log; where that differs, has the keys
 * located and mended, and waits for sums that agree.
 *
 * <p>One thing is done at a time: a comparison, a question, the reading of an answer, a repair.
 * What the agent says meanwhile is not looked at, so it costs the coordinator no more than one of
 * them.
 *
 * <p><b>Threads.</b> All fields belong to the lane's serial executor.
 */
final class LaneWatch implements DriftWatch {

  private static final Logger logger = LoggerFactory.getLogger(LaneWatch.class);

  /** The keys that differ, again, the whole scope. */
  private static final int MAX_ATTEMPTS = 3;

  private final Watched watched;
  private final DriftSettings settings;
  private final TimeSource time;
  private final DriftBoard board;
  private final AgentBuckets searches;
  private final LaneWork work;
  private final Inquiry inquiry;
  private final SyncComparison syncComparison;
  private final Mending mending;

  private State state = State.WATCHING;
  private final OpenIncidents incidents;
  // Those that wait for their turn to be mended.
  private final Deque<Incident> unsent = new ArrayDeque<>();
  private @Nullable LocatedListener locating;

  // By any thread: what waits for the executor is one set of sums, and as many answers as there are
  // questions.
  private final AtomicReference<@Nullable Claim> claimed = new AtomicReference<>();
  private final AtomicInteger waitingAnswers = new AtomicInteger();

  /** What the agent says it holds. */
  private record Claim(Position applied, List<ScopeSums> sums, long lastRepairId) {}

  private enum State {
    /** Sums are compared when they come. */
    WATCHING,
    /** Something is being compared, located or mended. */
    BUSY,
    /** Everything was sent; the next sums tell whether it helped. */
    VERIFYING
  }

  LaneWatch(
      Watched watched,
      DriftSettings settings,
      Limits limits,
      TimeSource time,
      Executor readers,
      DriftBoard board,
      AgentBuckets searches,
      OwnReports reports) {
    this.watched = watched;
    this.settings = settings;
    this.time = time;
    this.board = board;
    this.searches = searches;
    this.incidents = new OpenIncidents(watched, settings, time, board, reports);
    this.work = new LaneWork(watched, readers, this::failed);
    this.inquiry = new Inquiry(watched, work, limits.maxKeyBytes());
    this.syncComparison =
        new SyncComparison(watched, work, inquiry, this::maySearch, limits.maxDeliveryBytes());
    this.mending = new Mending(watched, work, limits.maxDeliveryBytes());
  }

  /** Takes up what the agent said when it connected: the sync mends it. */
  void begin() {
    List<Scope> drifted = watched.plan().amiss().drifted();
    // Who connects again and again with other sums is not raised more often than it is searched.
    boolean raises = looks() && watched.plan().compares() && hasSearch();
    if (!drifted.isEmpty() && raises) {
      work.run(
          () -> {
            state = State.VERIFYING;
            raise(
                drifted.stream().map(scope -> new Differing(scope, What.WHAT_STATE)).toList(),
                watched.plan().start());
          });
    }
  }

  @Override
  public void acknowledged(Position applied, List<ScopeSums> sums, long lastRepairId) {
    if (sums.isEmpty() || !looks()) {
      return;
    }
    // Of several that wait the newest is looked at.
    if (claimed.getAndSet(new Claim(applied, sums, lastRepairId)) == null) {
      work.run(
          () -> {
            Claim newest = Objects.requireNonNull(claimed.getAndSet(null));
            compare(newest.applied(), newest.sums(), newest.lastRepairId());
          });
    }
  }

  @Override
  public void compare(Scope scope, KeyInterval keys, Position at) {
    if (!work.isStopped()) {
      syncComparison.begin(scope, keys, at, incidents.of(scope));
    }
  }

  @Override
  public void answered(DigestReport report) {
    if (waitingAnswers.incrementAndGet() > Inquiry.MAX_UNDER_WAY) {
      watched
          .sink()
          .refuse(
              Refusal.of(
                  ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION,
                  "Expected a DigestReport for each DigestQuery, but got more than %d before one was looked at."
                      .formatted(Inquiry.MAX_UNDER_WAY)));
      return;
    }
    work.run(
        () -> {
          waitingAnswers.decrementAndGet();
          String violation = inquiry.answer(report);
          if (violation != null) {
            violated(violation);
          }
        });
  }

  private boolean looks() {
    return !settings.checkInterval().isZero();
  }

  private void violated(String violation) {
    end();
    watched.sink().refuse(Refusal.of(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, violation));
  }

  @Override
  public void locate(LocatedListener listener) {
    if (!work.run(() -> beginToLocate(listener), listener::unavailable)) {
      listener.unavailable();
    }
  }

  private void beginToLocate(LocatedListener listener) {
    if (state != State.WATCHING) {
      listener.unavailable();
      return;
    }
    state = State.BUSY;
    locating = listener;
    new Comparison(
            watched,
            work,
            inquiry,
            listener,
            () -> {
              state = State.WATCHING;
              locating = null;
            })
        .next();
  }

  @Override
  public void close() {
    work.run(this::end);
  }

  /** The log could not be read. A lane that waits for what was asked cannot go on then. */
  private void failed(RuntimeException failure) {
    boolean waitedFor = syncComparison.isUnderWay();
    end();
    if (waitedFor) {
      watched
          .sink()
          .refuse(
              failure instanceof BelowHorizonException belowHorizon
                  ? Refusal.of(belowHorizon).forSession()
                  : Refusal.of(
                      ErrorReason.ERROR_REASON_INTERNAL,
                      "Expected to compare what the agent holds, but that failed: %s. The coordinator's log says where; connect again."
                          .formatted(failure)));
    }
  }

  /** Nothing is looked at any more. */
  private void end() {
    incidents.left();
    unsent.clear();
    work.stop();
    if (locating != null) {
      locating.unavailable();
      locating = null;
    }
  }

  private void compare(Position applied, List<ScopeSums> sums, long lastRepairId) {
    String misfit = SumsComparison.misfit(sums);
    if (misfit != null) {
      violated(misfit);
      return;
    }
    boolean insideSync =
        applied.getOpId() < watched.plan().target().getOpId() || syncComparison.isUnderWay();
    if (insideSync) {
      return;
    }
    // What was sent before the repair came crosses it on the way.
    boolean verifying = state == State.VERIFYING && lastRepairId == mending.lastRepairId();
    boolean due =
        verifying
            || (state == State.WATCHING
                && hasSearch()
                && board.mayCheck(watched, time.monotonicNs(), settings.checkInterval()));
    if (due) {
      state = State.BUSY;
      work.read(
          () ->
              SumsComparison.of(watched.eventLog(), watched.swarm(), watched.view(), applied, sums),
          found -> compared(applied, found, verifying));
    }
  }

  private void compared(Position at, SumsComparison.Result found, boolean verifying) {
    Refusal notice = found.notice();
    if (notice != null) {
      logger.warn(
          "Swarm {}: agent {} says what cannot be. {}",
          watched.swarm(),
          watched.agent(),
          notice.message());
      watched.sink().notice(notice);
    }
    if (found.differing() == null) {
      state = verifying ? State.VERIFYING : State.WATCHING;
      return;
    }
    List<Differing> differing = new ArrayList<>(found.differing());
    for (Incident incident : incidents.all()) {
      if (differing.remove(new Differing(incident.scope(), incident.what()))) {
        unsent.add(incident);
      } else {
        incidents.healed(incident, at.getOpId());
      }
    }
    if (differing.isEmpty() && incidents.isEmpty()) {
      incidents.agreed(at.getOpId());
    }
    unsent.addAll(raise(differing, at));
    if (!work.isStopped()) {
      mendNext();
    }
  }

  /** Raises what differs, unless that makes the agent one that is not fed any more. */
  private List<Incident> raise(List<Differing> differing, Position at) {
    List<Incident> raised = new ArrayList<>();
    for (Differing one : differing) {
      Incident incident = incidents.raise(one, at);
      if (incident.healing() == Healing.HEALING_STOPPED) {
        end();
        watched.sink().refuse(Drift.refusal(watched.swarm(), watched.agent()));
        return List.of();
      }
      raised.add(incident);
    }
    return raised;
  }

  private void mendNext() {
    Incident next = unsent.poll();
    if (next == null) {
      state = incidents.isEmpty() ? State.WATCHING : State.VERIFYING;
      return;
    }
    state = State.BUSY;
    int attempt = next.attempt();
    boolean often = settings.snapshotAfter() > 0 && next.times() >= settings.snapshotAfter();
    if (attempt > MAX_ATTEMPTS) {
      incidents.failed(next);
      end();
    } else if (next.what() == What.WHAT_EVENTS) {
      next.healing(Healing.HEALING_TOLD);
      mending.tellEvents(next, this::mendNext);
    } else if (often || attempt == MAX_ATTEMPTS || !maySearch()) {
      sendScope(next);
    } else {
      inquiry.locate(next.scope(), next::message, descent -> located(next, descent));
    }
  }

  private boolean hasSearch() {
    return searches.hasToken(watched.swarm(), watched.agent());
  }

  /** A search makes the coordinator go through the keys of a scope: the agent's bucket pays. */
  private boolean maySearch() {
    return searches.take(watched.swarm(), watched.agent());
  }

  private void located(Incident incident, Descent descent) {
    if (descent.isTooMuch()) {
      sendScope(incident);
    } else if (descent.differing().isEmpty()) {
      incidents.vanished(incident);
      mendNext();
    } else {
      mending.sendKeys(incident, descent.differing(), this::mendNext);
    }
  }

  private void sendScope(Incident incident) {
    incident.healing(Healing.HEALING_SNAPSHOT);
    mending.sendScope(incident, this::mendNext);
  }
}
