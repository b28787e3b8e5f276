package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.DriftSettings;
import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.server.path.drift.SumsComparison.Differing;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.DigestQuery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what the agent of a lane says it holds with the log; where that differs, locates the
 * keys, sends them, and waits for sums that agree.
 *
 * <p>One thing is done at a time: a comparison, a question, the reading of an answer, a repair.
 * What the agent says meanwhile is not looked at, so it costs the coordinator no more than one of
 * them.
 *
 * <p><b>Threads.</b> All fields belong to the lane's serial executor. Reading is done on threads
 * that may block.
 */
final class LaneWatch implements DriftWatch {

  private static final Logger logger = LoggerFactory.getLogger(LaneWatch.class);

  /** The keys that differ, again, the whole scope. */
  private static final int MAX_ATTEMPTS = 3;

  private final Watched watched;
  private final DriftSettings settings;
  private final Limits limits;
  private final TimeSource time;
  private final Executor readers;
  private final DriftBoard board;
  private final EventLog eventLog;
  private final ReportListener reports;

  private State state = State.WATCHING;
  private long goodOpId;
  // Found and not healed. Those in `unsent` wait for their turn to be mended.
  private final List<Incident> open = new ArrayList<>();
  private final Deque<Incident> unsent = new ArrayDeque<>();
  private @Nullable Question question;
  private long lastQueryId;

  private enum State {
    /** Sums are compared when they come. */
    WATCHING,
    /** Something is being read or sent. */
    BUSY,
    /** A question is out. */
    ASKING,
    /** Everything was sent; the next sums tell whether it helped. */
    VERIFYING,
    /** Nothing is looked at any more. */
    OFF
  }

  private record Question(Incident incident, Descent descent, KeyInterval interval, long queryId) {}

  LaneWatch(
      Watched watched,
      DriftSettings settings,
      Limits limits,
      TimeSource time,
      Executor readers,
      DriftBoard board,
      ReportListener reports) {
    this.watched = watched;
    this.eventLog = watched.eventLog();
    this.settings = settings;
    this.limits = limits;
    this.time = time;
    this.readers = readers;
    this.board = board;
    this.reports = reports;
  }

  @Override
  public void acknowledged(Position applied, List<ScopeSums> sums) {
    if (!sums.isEmpty() && !settings.checkInterval().isZero()) {
      run(() -> compare(applied, sums));
    }
  }

  @Override
  public void answered(DigestReport report) {
    run(() -> answer(report));
  }

  @Override
  public void close() {
    run(
        () -> {
          state = State.OFF;
          open.forEach(incident -> incident.healing(Healing.HEALING_VANISHED));
          open.clear();
        });
  }

  private void compare(Position applied, List<ScopeSums> sums) {
    boolean verifying = state == State.VERIFYING;
    boolean due =
        verifying
            || (state == State.WATCHING
                && board.mayCheck(watched, time.monotonicNs(), settings.checkInterval()));
    if (due) {
      state = State.BUSY;
      read(
          () -> SumsComparison.of(eventLog, watched.swarm(), watched.view(), applied, sums),
          found -> compared(applied, found, verifying));
    }
  }

  private void compared(Position at, Optional<List<Differing>> found, boolean verifying) {
    if (found.isEmpty()) {
      state = verifying ? State.VERIFYING : State.WATCHING;
      return;
    }
    List<Differing> differing = new ArrayList<>(found.get());
    for (Incident incident : List.copyOf(open)) {
      if (differing.remove(new Differing(incident.scope(), incident.what()))) {
        unsent.add(incident);
      } else {
        healed(incident, at.getOpId());
      }
    }
    if (differing.isEmpty() && open.isEmpty()) {
      goodOpId = at.getOpId();
    }
    for (Differing one : differing) {
      found(one, at);
    }
    mendNext();
  }

  private void found(Differing differing, Position at) {
    Incident incident =
        new Incident(
            watched.agent(),
            differing.scope(),
            differing.what(),
            goodOpId,
            at.getOpId(),
            time.unixNs());
    int times =
        board.found(
            watched.swarm(), watched.agent(), incident, time.monotonicNs(), settings.window());
    incident.times(times);
    logger.warn(
        "Agent {} of swarm {} holds another {} of {} than the log at operation {}; it agreed at {}.",
        watched.agent(),
        watched.swarm(),
        differing.what() == What.WHAT_STATE ? "state" : "count or hash of events",
        differing.scope().getTopic(),
        at.getOpId(),
        goodOpId);
    open.add(incident);
    unsent.add(incident);
    if (settings.stopAfter() > 0 && times >= settings.stopAfter()) {
      stop(incident);
    } else {
      reports.report(Topic.TOPIC_ALERTS, incident.report());
    }
  }

  private void stop(Incident incident) {
    incident.healing(Healing.HEALING_STOPPED);
    reports.report(Topic.TOPIC_ALERTS, incident.report());
    board.stop(watched.swarm(), watched.agent());
    open.clear();
    unsent.clear();
    state = State.OFF;
    watched.sink().refuse(Drift.refusal(watched.swarm(), watched.agent()));
  }

  private void healed(Incident incident, long opId) {
    if (incident.healing() == Healing.HEALING_STARTED) {
      incident.healing(Healing.HEALING_REPAIRED);
    }
    incident.healed(opId);
    open.remove(incident);
    reports.report(Topic.TOPIC_RECONCILIATION, incident.report());
  }

  private void mendNext() {
    if (state == State.OFF) {
      return;
    }
    Incident next = unsent.poll();
    if (next == null) {
      state = open.isEmpty() ? State.WATCHING : State.VERIFYING;
      return;
    }
    state = State.BUSY;
    int attempt = next.attempt();
    boolean often = settings.snapshotAfter() > 0 && next.times() >= settings.snapshotAfter();
    if (attempt > MAX_ATTEMPTS) {
      giveUp(next);
    } else if (next.what() == What.WHAT_EVENTS) {
      tellEvents(next);
    } else if (often || attempt == MAX_ATTEMPTS) {
      sendScope(next);
    } else {
      ask(next, new Descent());
    }
  }

  private void giveUp(Incident incident) {
    incident.healing(Healing.HEALING_FAILED);
    reports.report(Topic.TOPIC_ALERTS, incident.report());
    open.clear();
    unsent.clear();
    state = State.OFF;
  }

  private void tellEvents(Incident incident) {
    incident.healing(Healing.HEALING_TOLD);
    insert(
        (eventLog, at) -> {
          Repair repair =
              Repair.newBuilder()
                  .setGoodOpId(incident.goodOpId())
                  .setEvents(eventSums(eventLog, at, incident))
                  .build();
          return () -> {
            send(incident, repair);
            mendNext();
          };
        });
  }

  private ScopeSums eventSums(EventLog eventLog, Position at, Incident incident) {
    return eventLog
        .sums(watched.swarm(), at.getLog(), View.of(Set.of(incident.scope())), at.getOpId())
        .stream()
        .findFirst()
        .orElse(ScopeSums.newBuilder().setScope(incident.scope()).build());
  }

  private void ask(Incident incident, Descent descent) {
    KeyInterval interval = descent.next();
    if (descent.isTooMuch()) {
      sendScope(incident);
      return;
    }
    if (interval == null) {
      sendDiffering(incident, descent.differing());
      return;
    }
    lastQueryId++;
    Question asked = new Question(incident, descent, interval, lastQueryId);
    insert(
        (eventLog, at) ->
            () -> {
              DigestQuery query =
                  DigestQuery.newBuilder()
                      .setQueryId(asked.queryId())
                      .setScope(incident.scope())
                      .setAfterKey(interval.afterKey())
                      .setThroughKey(interval.throughKey())
                      .setMaxParts(Descent.MAX_PARTS)
                      .build();
              question = asked;
              state = State.ASKING;
              incident.message(query.getSerializedSize());
              watched.sink().query(query);
            });
  }

  private void answer(DigestReport report) {
    Question asked = question;
    if (state != State.ASKING || asked == null || asked.queryId() != report.getQueryId()) {
      violation(
          "Expected a DigestReport for each DigestQuery, but got one for query %d that is not open."
              .formatted(report.getQueryId()));
      return;
    }
    String misfit = Descent.misfit(asked.interval(), report.getPartsList(), limits.maxKeyBytes());
    long headOpId = watched.lane().headOpId();
    Position at = report.getPosition();
    boolean known =
        at.getLog() == watched.log() && Long.compareUnsigned(at.getOpId(), headOpId) <= 0;
    if (misfit == null && !known) {
      misfit = "Expected a position of the lane's log up to its head, but got another";
    }
    if (misfit != null) {
      violation(misfit + ".");
      return;
    }
    question = null;
    state = State.BUSY;
    asked.incident().message(report.getSerializedSize());
    OwnParts own =
        new OwnParts(
            eventLog,
            watched.swarm(),
            at.getLog(),
            asked.incident().scope(),
            at.getOpId(),
            asked.interval(),
            report.getPartsList());
    readOwn(asked, report, own);
  }

  /** A step per task, so that others get their turn between two. */
  private void readOwn(Question asked, DigestReport report, OwnParts own) {
    read(
        own::step,
        more -> {
          if (more) {
            readOwn(asked, report, own);
          } else {
            asked.descent().compared(report.getPartsList(), own.parts());
            ask(asked.incident(), asked.descent());
          }
        });
  }

  private void sendDiffering(Incident incident, List<Difference> differing) {
    if (differing.isEmpty()) {
      incident.healing(Healing.HEALING_VANISHED);
      open.remove(incident);
      reports.report(Topic.TOPIC_RECONCILIATION, incident.report());
      mendNext();
      return;
    }
    sendNext(
        incident,
        new RepairReading(watched.swarm(), incident.scope(), differing, limits.maxDeliveryBytes()));
  }

  private void sendScope(Incident incident) {
    incident.healing(Healing.HEALING_SNAPSHOT);
    List<Difference> everything = List.of(new Difference(KeyInterval.ALL, null));
    sendNext(
        incident,
        new RepairReading(
            watched.swarm(), incident.scope(), everything, limits.maxDeliveryBytes()));
  }

  private void sendNext(Incident incident, RepairReading reading) {
    insert(
        (eventLog, at) -> {
          Repair repair = reading.next(eventLog, at, incident);
          return () -> {
            send(incident, repair);
            if (reading.isDone()) {
              mendNext();
            } else {
              sendNext(incident, reading);
            }
          };
        });
  }

  private void send(Incident incident, Repair repair) {
    incident.message(repair.getSerializedSize());
    watched.sink().repair(repair);
  }

  private void violation(String message) {
    state = State.OFF;
    watched.sink().refuse(Refusal.of(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, message));
  }

  /** A reading, whose result is sent while nothing else is. */
  private interface Sending {
    Runnable read(EventLog eventLog, Position at);
  }

  private void insert(Sending sending) {
    watched
        .lane()
        .insert(
            (eventLog, at) -> {
              Runnable send = sending.read(eventLog, at);
              return () -> {
                if (state != State.OFF) {
                  send.run();
                }
              };
            });
  }

  private <T> void read(Supplier<T> reading, Consumer<T> next) {
    try {
      readers.execute(
          () -> {
            try {
              T result = reading.get();
              run(() -> next.accept(result));
            } catch (RuntimeException e) {
              logger.error("Looking for drift failed.", e);
              run(() -> state = State.OFF);
            }
          });
    } catch (RejectedExecutionException e) {
      state = State.OFF;
    }
  }

  private void run(Runnable step) {
    try {
      watched
          .executor()
          .execute(
              () -> {
                if (state != State.OFF) {
                  step.run();
                }
              });
    } catch (RejectedExecutionException e) {
      logger.debug("A step of a watch came after the shutdown of its executor.", e);
    }
  }
}
