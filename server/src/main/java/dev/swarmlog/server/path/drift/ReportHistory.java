package dev.swarmlog.server.path.drift;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the log of a swarm says of drift: reports outlive the coordinator that published them.
 *
 * @param reports one per drift, as it was reported last, oldest first. What was under way has
 *     vanished: its session has ended
 * @param stopped agents that no person has released since
 */
record ReportHistory(List<DriftReport> reports, Set<String> stopped) {

  private static final Logger logger = LoggerFactory.getLogger(ReportHistory.class);

  /** So many of the newest operations of each of the two topics are looked through. */
  private static final int MAX_OPERATIONS = 200;

  private record Drift(String agent, Scope scope, What what, long foundUnixNs) {}

  /** Reads it; blocks. */
  static ReportHistory of(EventLog eventLog, String swarm) {
    List<Operation> operations = new ArrayList<>();
    for (Topic topic : List.of(Topic.TOPIC_ALERTS, Topic.TOPIC_RECONCILIATION)) {
      eventLog.newestInScope(swarm, Log.LOG_MAIN, forEverybody(topic), MAX_OPERATIONS).stream()
          .map(StoredOperation::toProto)
          .filter(ReportHistory::isReport)
          .forEach(operations::add);
    }
    operations.sort(Comparator.comparingLong(Operation::getOpId));
    Map<Drift, DriftReport> drifts = new LinkedHashMap<>();
    Set<String> stopped = new LinkedHashSet<>();
    for (Operation operation : operations) {
      DriftReport report = parse(operation);
      if (report.getAgent().isEmpty()) {
        continue;
      }
      if (report.getHealing() == Healing.HEALING_RELEASED) {
        stopped.remove(report.getAgent());
        continue;
      }
      drifts.put(drift(report), report);
      if (report.getHealing() == Healing.HEALING_STOPPED) {
        stopped.add(report.getAgent());
      }
    }
    drifts.replaceAll((drift, report) -> ended(report));
    return new ReportHistory(List.copyOf(drifts.values()), stopped);
  }

  private static Scope forEverybody(Topic topic) {
    return Scope.newBuilder()
        .setTopic(topic)
        .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
        .build();
  }

  /** No client can publish without a name. */
  private static boolean isReport(Operation operation) {
    return operation.getPublisher().isEmpty()
        && operation.getPayload().getType().equals(DriftReport.getDescriptor().getFullName());
  }

  private static DriftReport parse(Operation operation) {
    try {
      return DriftReport.parseFrom(operation.getPayload().getData());
    } catch (InvalidProtocolBufferException e) {
      logger.warn("Expected operation {} to be a report of drift, but it is not.", operation, e);
      return DriftReport.getDefaultInstance();
    }
  }

  private static Drift drift(DriftReport report) {
    return new Drift(
        report.getAgent(), report.getScope(), report.getWhat(), report.getFoundUnixNano());
  }

  private static DriftReport ended(DriftReport report) {
    return report.getHealing() == Healing.HEALING_STARTED
        ? report.toBuilder().setHealing(Healing.HEALING_VANISHED).build()
        : report;
  }
}
