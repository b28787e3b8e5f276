package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.DriftSettings;
import dev.swarmlog.server.path.admit.AgentBuckets;
import dev.swarmlog.server.path.batch.OwnReports;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.ListDriftResponse;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.inject.Inject;
import javax.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Watches agents for drift, and remembers what was found. Safe for use by several threads. */
@Singleton
public final class Drift {

  private final DriftSettings settings;
  private final Limits limits;
  private final TimeSource time;
  private final Executor readers;
  private final DriftBoard board = new DriftBoard();
  private final AgentBuckets searches;

  @Inject
  Drift(DriftSettings settings, Limits limits, TimeSource time, @Readers Executor readers) {
    this.settings = settings;
    this.limits = limits;
    this.time = time;
    this.readers = readers;
    this.searches = AgentBuckets.of(settings.searches(), settings.window(), time);
  }

  /** How often an agent's sums are looked at; zero for never. */
  public Duration checkInterval() {
    return settings.checkInterval();
  }

  /**
   * Begins to watch a lane.
   *
   * @param writer of the swarm's shard
   */
  public DriftWatch watch(Watched watched, ShardWriter writer) {
    OwnReports reports = OwnReports.of(writer, watched.swarm());
    LaneWatch watch =
        new LaneWatch(watched, settings, limits, time, readers, board, searches, reports);
    watch.begin();
    return watch;
  }

  /** Why an agent is not fed, if it is not. */
  public @Nullable Refusal stopped(String swarm, String agent) {
    return board.isStopped(swarm, agent) ? refusal(swarm, agent) : null;
  }

  static Refusal refusal(String swarm, String agent) {
    return Refusal.of(
        ErrorReason.ERROR_REASON_DRIFTED,
        "Expected agent '%s' of swarm '%s' to hold the state of the log, but it differed too often: it is not fed until a person releases it."
            .formatted(agent, swarm));
  }

  /** Takes over what the log of a swarm says of drift; blocks. */
  public void recall(EventLog eventLog, String swarm) {
    board.recall(swarm, ReportHistory.of(eventLog, swarm));
  }

  /** What was found in a swarm. */
  public ListDriftResponse list(String swarm) {
    return ListDriftResponse.newBuilder()
        .addAllReports(board.reports(swarm))
        .addAllStoppedAgents(board.stoppedAgents(swarm))
        .addAllUnwatchedAgents(searches.empty(swarm))
        .build();
  }

  /** How many drifts of a swarm are being healed. */
  public int openCount(String swarm) {
    return board.openCount(swarm);
  }

  /** How many agents are not fed, by swarm. */
  public Map<String, Integer> stoppedCounts() {
    return board.stoppedCounts();
  }

  /**
   * Feeds an agent again.
   *
   * @param writer of the swarm's shard
   * @param logged is told, on any thread, whether that is durable
   * @return whether it was stopped; if not, nothing is told
   */
  public boolean release(String swarm, String agent, ShardWriter writer, Consumer<Boolean> logged) {
    if (!board.isStopped(swarm, agent)) {
      return false;
    }
    DriftReport released =
        DriftReport.newBuilder().setAgent(agent).setHealing(Healing.HEALING_RELEASED).build();
    OwnReports.of(writer, swarm)
        .publish(
            Topic.TOPIC_RECONCILIATION,
            released,
            durable -> {
              if (durable) {
                searches.forget(swarm, agent);
                board.release(swarm, agent);
              }
              logged.accept(durable);
            });
    return true;
  }
}
