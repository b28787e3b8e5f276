package dev.swarmlog.server.path.accept;

import com.google.rpc.Status;
import dev.swarmlog.server.configuration.ParkingSettings;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.batch.OwnReports;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ParkedReport;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often operations are tried, and the alerts about those that are parked: of each agent the
 * first at once, what follows within 10 s in one. Safe for use by several threads.
 */
@Singleton
final class Parking {

  private static final Logger logger = LoggerFactory.getLogger(Parking.class);

  static final Duration ALERT_INTERVAL = Duration.ofSeconds(10);

  /** More agents than that are not told apart for as long as they all park. */
  static final int MAX_AGENTS = 10_000;

  private final ParkingSettings settings;
  private final ScheduledExecutorService timer;

  // Guarded by this. What has not been reported yet, of agents reported within the interval.
  private final Map<Agent, Unreported> unreported = new HashMap<>();

  record Agent(String swarm, String name) {}

  /** Parked since the last report; no report if nothing was. */
  private record Unreported(Shard shard, long count, @Nullable ParkedReport last) {}

  @Inject
  Parking(ParkingSettings settings, ScheduledExecutorService timer) {
    this.settings = settings;
    this.timer = timer;
  }

  /** What has been tried so often is parked. */
  int attempts() {
    return settings.attempts();
  }

  /** An operation has been parked. */
  void parked(
      Shard shard,
      String swarm,
      String agent,
      Log log,
      long opId,
      int attempts,
      Status status,
      long parkedCount) {
    ParkedReport report =
        ParkedReport.newBuilder()
            .setAgent(agent)
            .setLog(log)
            .setOpId(opId)
            .setAttempts(attempts)
            .setStatus(status)
            .setParkedCount(parkedCount)
            .build();
    Agent key = new Agent(swarm, agent);
    switch (note(key, shard, report)) {
      case NOW -> {
        publish(shard, swarm, report, 1);
        reportLater(key);
      }
      case LATER -> {
        // With what else comes.
      }
      case NEVER ->
          logger.warn(
              "Operation {} is parked for agent {} of swarm {}: no alert, there are too many.",
              opId,
              agent,
              swarm);
    }
  }

  /** When a report is made. */
  enum Alert {
    NOW,
    LATER,
    /** Of too many agents something is to be reported already. */
    NEVER
  }

  synchronized Alert note(Agent agent, Shard shard, ParkedReport report) {
    Unreported known = unreported.get(agent);
    if (known != null) {
      unreported.put(agent, new Unreported(shard, known.count() + 1, report));
      return Alert.LATER;
    }
    if (unreported.size() >= MAX_AGENTS) {
      return Alert.NEVER;
    }
    unreported.put(agent, new Unreported(shard, 0, null));
    return Alert.NOW;
  }

  private void reportLater(Agent agent) {
    try {
      timer.schedule(() -> reportRest(agent), ALERT_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      logger.debug("No more alerts: the coordinator stops.", e);
    }
  }

  private void reportRest(Agent agent) {
    Unreported rest;
    synchronized (this) {
      rest = unreported.remove(agent);
      if (rest != null && rest.last() != null) {
        unreported.put(agent, new Unreported(rest.shard(), 0, null));
      }
    }
    if (rest != null && rest.last() != null) {
      publish(rest.shard(), agent.swarm(), rest.last(), rest.count());
      reportLater(agent);
    }
  }

  private static void publish(Shard shard, String swarm, ParkedReport report, long count) {
    logger.warn(
        "Swarm {}: agent {} could not apply what it was given; parked: {}, the last {}, which it has tried {}: {}",
        swarm,
        report.getAgent(),
        count == 1 ? "1 operation" : count + " operations",
        report.getOpId(),
        report.getAttempts() == 1 ? "once" : report.getAttempts() + " times",
        report.getStatus().getMessage());
    OwnReports.of(shard.writer(), swarm)
        .publish(Topic.TOPIC_ALERTS, report.toBuilder().setNewCount(count).build());
  }
}
