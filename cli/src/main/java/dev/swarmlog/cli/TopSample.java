package dev.swarmlog.cli;

import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.LagQuantiles;
import dev.swarmlog.v1.LaneStateCount;
import dev.swarmlog.v1.ShardStatus;
import dev.swarmlog.v1.SwarmOverview;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the swarms are doing, and how fast: an answer, and the one before, from which rates are
 * counted. Immutable.
 */
final class TopSample {

  private static final Set<String> STALLED =
      Set.of("waiting for the agent to read", "waiting for acks");
  private static final double NS_PER_S = 1e9;
  private static final int MIB = 1 << 20;

  /** Two heartbeats are missing. */
  private static final long SILENT_MS = 12_000;

  private final GetOverviewResponse now;
  private final List<Row> rows;
  private final double seconds;

  /**
   * A sample.
   *
   * @param before null for the first one, and where it is of another start of the coordinator
   */
  private TopSample(GetOverviewResponse now, @Nullable GetOverviewResponse before) {
    this.now = now;
    this.seconds = before == null ? 0 : (now.getNowUnixNano() - before.getNowUnixNano()) / NS_PER_S;
    Map<String, SwarmOverview> earlier = new HashMap<>();
    if (before != null) {
      before.getSwarmsList().forEach(swarm -> earlier.put(swarm.getName(), swarm));
    }
    this.rows =
        now.getSwarmsList().stream()
            .map(swarm -> row(swarm, earlier.get(swarm.getName())))
            .toList();
  }

  static TopSample of(GetOverviewResponse now, @Nullable GetOverviewResponse before) {
    boolean follows =
        before != null
            && before.getCoordinator().getStartedUnixNano()
                == now.getCoordinator().getStartedUnixNano()
            && before.getNowUnixNano() < now.getNowUnixNano();
    return new TopSample(now, follows ? before : null);
  }

  GetOverviewResponse answer() {
    return now;
  }

  List<Row> rows() {
    return rows;
  }

  /** How many swarms there are beside those of the rows. */
  long unlistedSwarms() {
    return Math.max(0, now.getCoordinator().getSwarmCount() - rows.size());
  }

  /**
   * One swarm.
   *
   * @param appendedPerS operations; negative if it is not known yet
   * @param deliveredPerS the same
   * @param ackedPerS the same
   */
  record Row(SwarmOverview swarm, double appendedPerS, double deliveredPerS, double ackedPerS) {

    /** The agent that has most before it, and how much that is. */
    String mostBehind() {
      return swarm.getBacklogMax() == 0
          ? ""
          : "%s %,d".formatted(swarm.getBacklogMaxAgent(), swarm.getBacklogMax());
    }

    /** What somebody should look at. */
    List<String> notices() {
      List<String> notices = new ArrayList<>();
      add(notices, swarm.getStoppedAgents(), "not fed");
      add(notices, swarm.getParkedCount(), "parked");
      add(notices, swarm.getOpenBreakers(), swarm.getOpenBreakers() == 1 ? "breaker" : "breakers");
      add(notices, swarm.getOpenDriftIncidents(), "drifting");
      add(notices, swarm.getRetryCount(), "retried");
      for (LaneStateCount lanes : swarm.getLaneStatesList()) {
        if (STALLED.contains(lanes.getState())) {
          add(
              notices,
              lanes.getCount(),
              lanes.getState().endsWith("acks") ? "not acking" : "not reading");
        } else if (!lanes.getState().equals("live")) {
          add(notices, lanes.getCount(), lanes.getState());
        }
      }
      add(notices, swarm.getWaitingPublishes(), "rate limited");
      if (swarm.getOldestHeartbeatMs() >= SILENT_MS) {
        notices.add(
            "%s silent for %s"
                .formatted(
                    swarm.getOldestHeartbeatAgent(),
                    DurationText.print(Duration.ofMillis(swarm.getOldestHeartbeatMs()))));
      }
      return notices;
    }

    /** Whether one of them needs a person. */
    boolean isBad() {
      return swarm.getStoppedAgents() > 0
          || swarm.getParkedCount() > 0
          || swarm.getOpenBreakers() > 0
          || swarm.getOpenDriftIncidents() > 0;
    }

    private static void add(List<String> notices, long count, String what) {
      if (count > 0) {
        notices.add("%,d %s".formatted(count, what));
      }
    }
  }

  private Row row(SwarmOverview swarm, @Nullable SwarmOverview before) {
    if (seconds <= 0) {
      return new Row(swarm, -1, -1, -1);
    }
    SwarmOverview from = before == null ? SwarmOverview.getDefaultInstance() : before;
    return new Row(
        swarm,
        perSecond(swarm.getAppendedCount(), from.getAppendedCount()),
        perSecond(swarm.getDeliveredCount(), from.getDeliveredCount()),
        perSecond(swarm.getAckedCount(), from.getAckedCount()));
  }

  private double perSecond(long count, long before) {
    return (count - before) / seconds;
  }

  /** The coordinator in a line or two. */
  List<String> head(String server) {
    GetStatusResponse coordinator = now.getCoordinator();
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s, up %s, %s, %s"
            .formatted(
                server,
                DurationText.print(
                    Duration.ofNanos(now.getNowUnixNano() - coordinator.getStartedUnixNano())),
                count(coordinator.getSwarmCount(), "swarm"),
                count(coordinator.getSessionCount(), "agent")));
    int queued =
        coordinator.getShardsList().stream().mapToInt(ShardStatus::getQueuedCommands).sum();
    long p50 =
        coordinator.getShardsList().stream().mapToLong(ShardStatus::getCommitP50Us).max().orElse(0);
    long p99 =
        coordinator.getShardsList().stream().mapToLong(ShardStatus::getCommitP99Us).max().orElse(0);
    lines.add(
        "heap %,d of %,d MiB, direct %,d MiB, unread %,d MiB; commit p50 %s p99 %s, %,d queued"
            .formatted(
                coordinator.getHeapUsedBytes() / MIB,
                coordinator.getHeapMaxBytes() / MIB,
                coordinator.getDirectUsedBytes() / MIB,
                coordinator.getUnreadBytes() / MIB,
                lag(p50),
                lag(p99),
                queued));
    if (!coordinator.getScarceMemory().isEmpty()) {
      lines.add("memory is scarce: " + coordinator.getScarceMemory());
    }
    return lines;
  }

  static String count(long count, String what) {
    return count == 1 ? "1 " + what : "%,d %ss".formatted(count, what);
  }

  /** A rate for a person; "-" if it is not known. */
  static String rate(double perSecond) {
    if (perSecond < 0) {
      return OffsetText.UNKNOWN;
    }
    return perSecond > 0 && perSecond < 10
        ? "%.1f".formatted(perSecond)
        : "%,d".formatted(Math.round(perSecond));
  }

  /** A quantile, if there is any. */
  static String lag(LagQuantiles lags, long us) {
    return lags.getCount() == 0 ? OffsetText.UNKNOWN : lag(us);
  }

  private static String lag(long us) {
    return OffsetText.magnitude(us * 1_000);
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    GetStatusResponse coordinator = now.getCoordinator();
    map.put("at", ContractText.instant(now.getNowUnixNano()));
    map.put("started", ContractText.instant(coordinator.getStartedUnixNano()));
    map.put("swarmCount", coordinator.getSwarmCount());
    map.put("sessionCount", coordinator.getSessionCount());
    map.put("heapUsedBytes", coordinator.getHeapUsedBytes());
    map.put("heapMaxBytes", coordinator.getHeapMaxBytes());
    map.put("directUsedBytes", coordinator.getDirectUsedBytes());
    map.put("unreadBytes", coordinator.getUnreadBytes());
    map.put("scarceMemory", coordinator.getScarceMemory());
    map.put("shards", coordinator.getShardsList().stream().map(TopSample::map).toList());
    map.put("swarms", rows.stream().map(TopSample::map).toList());
    return map;
  }

  private static Map<String, Object> map(ShardStatus shard) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("shard", shard.getShard());
    map.put("queuedCommands", shard.getQueuedCommands());
    map.put("commitP50Us", shard.getCommitP50Us());
    map.put("commitP99Us", shard.getCommitP99Us());
    return map;
  }

  private static Map<String, Object> map(Row row) {
    SwarmOverview swarm = row.swarm();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", swarm.getName());
    map.put("mainHeadOpId", swarm.getMainHeadOpId());
    map.put("controlHeadOpId", swarm.getControlHeadOpId());
    if (row.appendedPerS() >= 0) {
      map.put("appendedPerS", row.appendedPerS());
      map.put("deliveredPerS", row.deliveredPerS());
      map.put("ackedPerS", row.ackedPerS());
    }
    map.put("appended", swarm.getAppendedCount());
    map.put("delivered", swarm.getDeliveredCount());
    map.put("acked", swarm.getAckedCount());
    map.put("connectedAgents", swarm.getConnectedAgents());
    map.put("backlog", swarm.getBacklogSum());
    map.put("backlogMax", swarm.getBacklogMax());
    map.put("backlogMaxAgent", swarm.getBacklogMaxAgent());
    map.put("deliverLag", map(swarm.getDeliverLag()));
    map.put("ackLag", map(swarm.getAckLag()));
    Map<String, Object> lanes = new LinkedHashMap<>();
    swarm.getLaneStatesList().forEach(state -> lanes.put(state.getState(), state.getCount()));
    map.put("lanes", lanes);
    map.put("oldestHeartbeatMs", swarm.getOldestHeartbeatMs());
    map.put("openBreakers", swarm.getOpenBreakers());
    map.put("parked", swarm.getParkedCount());
    map.put("retries", swarm.getRetryCount());
    map.put("openDriftIncidents", swarm.getOpenDriftIncidents());
    map.put("stoppedAgents", swarm.getStoppedAgents());
    map.put("waitingPublishes", swarm.getWaitingPublishes());
    return map;
  }

  private static Map<String, Object> map(LagQuantiles lag) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("count", lag.getCount());
    map.put("p50Us", lag.getP50Us());
    map.put("p99Us", lag.getP99Us());
    map.put("maxUs", lag.getMaxUs());
    return map;
  }
}
