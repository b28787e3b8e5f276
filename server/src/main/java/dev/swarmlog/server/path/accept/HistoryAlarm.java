package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.path.batch.OwnReports;
import dev.swarmlog.server.path.deliver.SyncPlan;
import dev.swarmlog.server.path.deliver.SyncReader;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PartedReport;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a swarm of agents whose position is not in its log: acknowledged operations are lost, and
 * they may have applied some. Safe for use by several threads.
 */
@Singleton
final class HistoryAlarm {

  private static final Logger logger = LoggerFactory.getLogger(HistoryAlarm.class);

  /** Of one log of an agent there is no second alert within this time. */
  static final Duration ALERT_INTERVAL = Duration.ofSeconds(10);

  /** Of more than that, within the interval, there is a line in the log and no alert. */
  static final int MAX_REMEMBERED = 10_000;

  private final TimeSource time;

  // Guarded by itself. When there was an alert, on the monotonic clock; the oldest first.
  private final Map<Lane, Long> alertedNs = new LinkedHashMap<>();

  record Lane(String swarm, String agent, Log log) {}

  @Inject
  HistoryAlarm(TimeSource time) {
    this.time = time;
  }

  /** The plans of a session have been made. */
  void planned(AgentSession session, SessionPlans made) {
    made.plans()
        .forEach(
            (log, plan) -> {
              if (plan.amiss().parted()) {
                alert(session, made.reader(log), plan);
              } else if (isBeyondHead(plan.refusal())) {
                // An alert would be an operation beyond the head: the agent's next position check
                // would find it there, and take it for another history that can be replaced.
                warn(session, made.reader(log), "no alert, which would become part of the log");
              }
            });
  }

  private void alert(AgentSession session, SyncReader reader, SyncPlan plan) {
    PartedReport.Builder report =
        PartedReport.newBuilder()
            .setAgent(session.agent())
            .setPosition(reader.position())
            .setHead(plan.head())
            .setPlan(plan.kind())
            .setReason(plan.reason());
    reader.fork().ifPresent(report::setFork);
    if (isDue(new Lane(session.swarm(), session.agent(), reader.log()))) {
      warn(session, reader, "the swarm is alerted");
      OwnReports.of(session.shard().writer(), session.swarm())
          .publish(Topic.TOPIC_ALERTS, report.build());
    } else {
      warn(session, reader, "no alert, as there was one just now");
    }
  }

  private static void warn(AgentSession session, SyncReader reader, String alert) {
    Position position = reader.position();
    logger.warn(
        "Swarm {} ({}): agent {} stands at operation {} of epoch {}, {}: it may have applied operations that are lost; {}.",
        session.swarm(),
        LogName.of(reader.log()),
        session.agent(),
        Long.toUnsignedString(position.getOpId()),
        "%016x".formatted(position.getEpoch()),
        reader
            .fork()
            .map(fork -> "of which the log has those up to " + fork.getOpId())
            .orElse("and it is not known up to where the log has them"),
        alert);
  }

  private static boolean isBeyondHead(@Nullable Refusal refusal) {
    return refusal != null && refusal.reason() == ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD;
  }

  /** Whether there has been no alert for long enough; then there is one now. */
  boolean isDue(Lane lane) {
    long nowNs = time.monotonicNs();
    synchronized (alertedNs) {
      Iterator<Long> oldestFirst = alertedNs.values().iterator();
      while (oldestFirst.hasNext() && nowNs - oldestFirst.next() >= ALERT_INTERVAL.toNanos()) {
        oldestFirst.remove();
      }
      return alertedNs.size() < MAX_REMEMBERED && alertedNs.putIfAbsent(lane, nowNs) == null;
    }
  }
}
