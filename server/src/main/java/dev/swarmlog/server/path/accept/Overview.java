package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.CoordinatorStatus;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.server.path.deliver.LogTraffic;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.OverviewOrder;
import dev.swarmlog.v1.SwarmOverview;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicCount;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import javax.inject.Inject;

/**
 * How the coordinator and its swarms are doing. One pass over the sessions, one over the swarms; no
 * reads from disk. May be used by any thread that may take some milliseconds for it.
 */
final class Overview {

  private final StreamContext context;
  private final CoordinatorStatus status;

  @Inject
  Overview(StreamContext context, CoordinatorStatus status) {
    this.context = context;
    this.status = status;
  }

  /**
   * Tells it.
   *
   * @param only of this swarm; empty for all
   */
  GetOverviewResponse tell(OverviewOrder order, String only, int maxSwarms) {
    long nowNs = context.time().monotonicNs();
    Map<String, SwarmLanes> lanes = new HashMap<>();
    for (AgentSession session : context.sessions().all()) {
      lanes.computeIfAbsent(session.swarm(), swarm -> new SwarmLanes()).add(session, nowNs);
    }
    Map<String, Integer> breakers = context.breakers().openCounts();
    Map<String, Integer> stopped = context.drift().stoppedCounts();
    List<SwarmOverview> swarms = new ArrayList<>();
    for (Shard shard : context.shards().all()) {
      for (String name : names(shard, only)) {
        shard
            .log()
            .swarm(name)
            .ifPresent(
                state ->
                    swarms.add(
                        describe(
                            shard,
                            state,
                            lanes.getOrDefault(name, new SwarmLanes()),
                            breakers.getOrDefault(name, 0),
                            stopped.getOrDefault(name, 0))));
      }
    }
    return GetOverviewResponse.newBuilder()
        .setNowUnixNano(context.time().unixNs())
        .setCoordinator(status.describe().toBuilder().clearConfiguration().clearLimits())
        .addAllSwarms(swarms.stream().sorted(comparator(order)).limit(maxSwarms).toList())
        .build();
  }

  private List<String> names(Shard shard, String only) {
    if (only.isEmpty()) {
      return shard.log().swarmNames();
    }
    return context.shards().of(only).index() == shard.index() ? List.of(only) : List.of();
  }

  private SwarmOverview describe(
      Shard shard, SwarmState state, SwarmLanes lanes, int openBreakers, int stoppedAgents) {
    LogTraffic traffic = shard.deliveries().traffic(state.name());
    SwarmOverview.Builder swarm =
        SwarmOverview.newBuilder()
            .setName(state.name())
            .setMainHeadOpId(state.mainHead().getOpId())
            .setControlHeadOpId(state.controlHead().getOpId())
            .setAppendedCount(traffic.appended())
            .setDeliveredCount(traffic.delivered())
            .setAckedCount(traffic.acked())
            .setRecentlyAppendedCount(traffic.recentlyAppended())
            .setRecentlyDeliveredCount(traffic.recentlyDelivered())
            .setDeliverLag(traffic.deliverLag())
            .setAckLag(traffic.ackLag())
            .setOpenBreakers(openBreakers)
            .setParkedCount(state.failures().parked())
            .setRetryCount(state.failures().retries())
            .setOpenDriftIncidents(context.drift().openCount(state.name()))
            .setStoppedAgents(stoppedAgents)
            .setWaitingPublishes(context.rateGate().figures(state.name()).getWaitingCount());
    for (Topic topic : Topic.values()) {
      Long count = traffic.appendedByTopic().get(topic);
      if (count != null) {
        swarm.addAppendedByTopic(TopicCount.newBuilder().setTopic(topic).setCount(count));
      }
    }
    lanes.tell(swarm);
    return swarm.build();
  }

  private static Comparator<SwarmOverview> comparator(OverviewOrder order) {
    Comparator<SwarmOverview> byName = Comparator.comparing(SwarmOverview::getName);
    return switch (order) {
      case OVERVIEW_ORDER_NAME -> byName;
      case OVERVIEW_ORDER_BACKLOG -> descending(SwarmOverview::getBacklogSum, byName);
      case OVERVIEW_ORDER_LAG -> descending(swarm -> swarm.getAckLag().getP99Us(), byName);
      case OVERVIEW_ORDER_RATE, OVERVIEW_ORDER_UNSPECIFIED, UNRECOGNIZED ->
          descending(
              swarm -> swarm.getRecentlyAppendedCount() + swarm.getRecentlyDeliveredCount(),
              byName);
    };
  }

  private static Comparator<SwarmOverview> descending(
      ToLongFunction<SwarmOverview> figure, Comparator<SwarmOverview> then) {
    return Comparator.comparingLong(figure).reversed().thenComparing(then);
  }
}
