package dev.swarmlog.server.path.drift;

import dev.swarmlog.otel.Label;
import dev.swarmlog.otel.trace.TaskAttribute;
import dev.swarmlog.otel.trace.TaskTrace;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.DriftSettings;
import dev.swarmlog.server.path.batch.OwnReports;
import dev.swarmlog.server.path.drift.SumsComparison.Differing;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drifts of a lane's agent that were found and are not over: each is raised when it is found,
 * and reported when it is over. Belongs to the lane's serial executor.
 */
final class OpenIncidents {

  private static final Logger logger = LoggerFactory.getLogger(OpenIncidents.class);

  private final Watched watched;
  private final DriftSettings settings;
  private final TimeSource time;
  private final DriftBoard board;
  private final OwnReports reports;
  private final List<Incident> open = new ArrayList<>();
  private long goodOpId;

  OpenIncidents(
      Watched watched,
      DriftSettings settings,
      TimeSource time,
      DriftBoard board,
      OwnReports reports) {
    this.watched = watched;
    this.settings = settings;
    this.time = time;
    this.board = board;
    this.reports = reports;
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** As they are now. */
  List<Incident> all() {
    return List.copyOf(open);
  }

  /** That of a scope, if there is one. */
  @Nullable Incident of(Scope scope) {
    return open.stream()
        .filter(incident -> incident.scope().equals(scope))
        .findFirst()
        .orElse(null);
  }

  /** All sums were those of the log at an operation. */
  void agreed(long opId) {
    goodOpId = opId;
  }

  /**
   * Something differs. If that has happened too often, the agent is not to be fed any more, and
   * {@link Incident#healing} says so.
   */
  Incident raise(Differing differing, Position at) {
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
    watched.meter().drifted();
    incident.traced(
        watched
            .instruments()
            .traces()
            .repairing(watched.swarm(), watched.agent(), differing.scope().getTopic())
            .note(TaskAttribute.REPAIR_FOUND_AT, at.getOpId()));
    logger.warn(
        "Agent {} of swarm {} holds another {} of {} than the log at operation {}; {}.",
        watched.agent(),
        watched.swarm(),
        differing.what() == What.WHAT_STATE ? "state" : "count or hash of events",
        differing.scope().getTopic(),
        at.getOpId(),
        goodOpId == 0 ? "it is not known when it agreed" : "it agreed at operation " + goodOpId);
    if (settings.stopAfter() > 0 && times >= settings.stopAfter()) {
      incident.healing(Healing.HEALING_STOPPED);
      board.stop(watched.swarm(), watched.agent());
      incident
          .trace()
          .failed("stopped", "The agent drifted too often: it is not fed until it is released.");
    } else {
      open.add(incident);
    }
    reports.publish(Topic.TOPIC_ALERTS, incident.report());
    return incident;
  }

  /** The agent's sums agree again. */
  void healed(Incident incident, long opId) {
    if (incident.healing() == Healing.HEALING_STARTED) {
      incident.healing(Healing.HEALING_REPAIRED);
    }
    incident.healed(opId);
    over(incident, Topic.TOPIC_RECONCILIATION);
  }

  /** Nothing differs where it was looked for. */
  void vanished(Incident incident) {
    incident.healing(Healing.HEALING_VANISHED);
    over(incident, Topic.TOPIC_RECONCILIATION);
  }

  /** Nothing helps. */
  void failed(Incident incident) {
    incident.healing(Healing.HEALING_FAILED);
    over(incident, Topic.TOPIC_ALERTS);
  }

  private void over(Incident incident, Topic topic) {
    open.remove(incident);
    DriftReport report = incident.report();
    reports.publish(topic, report);
    TaskTrace trace =
        incident
            .trace()
            .note(TaskAttribute.REPAIR_OUTCOME, Label.of(report.getHealing(), "HEALING_"))
            .note(TaskAttribute.REPAIR_KEYS, report.getDifferingKeysCount())
            .note(TaskAttribute.REPAIR_MESSAGES, report.getMessagesCount())
            .note(TaskAttribute.REPAIR_BYTES, report.getBytes());
    if (report.getHealing() == Healing.HEALING_FAILED) {
      trace.failed("repair_failed", "The agent holds something else than the log all the same.");
    } else {
      trace.end();
    }
  }

  /** The agent has left, or is not looked at any more. */
  void left() {
    for (Incident incident : all()) {
      if (incident.healing() == Healing.HEALING_STARTED) {
        incident.healing(Healing.HEALING_VANISHED);
      }
      over(incident, Topic.TOPIC_RECONCILIATION);
    }
  }
}
