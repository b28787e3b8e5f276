package dev.swarmlog.server;

import dev.swarmlog.storage.AncestorEpoch;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Ancestor;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Swarm;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * What is known about swarms, read from the event logs of all shards. Reads block on the disk: for
 * readers only.
 */
@Singleton
public final class SwarmCatalog {

  private static final int DEFAULT_PAGE_SIZE = 100;
  private static final int MAX_SUMS = 1_000;

  private final EventLogs eventLogs;
  private final ConnectedAgents agents;
  private final RateLimiting rateLimiting;
  private final Limits limits;

  /**
   * A page of swarms.
   *
   * @param swarms ascending by name
   * @param nextToken empty at the end
   */
  public record Page(List<Swarm> swarms, String nextToken) {}

  @Inject
  SwarmCatalog(
      EventLogs eventLogs, ConnectedAgents agents, RateLimiting rateLimiting, Limits limits) {
    this.eventLogs = eventLogs;
    this.agents = agents;
    this.rateLimiting = rateLimiting;
    this.limits = limits;
  }

  /** Whether there is a swarm of that name. */
  public boolean exists(String name) {
    return eventLogs.swarm(name).isPresent();
  }

  /**
   * The swarms after a token, by name.
   *
   * @param token name of the last swarm of the page before; empty for the first page
   * @param size 0 for 100; at most {@link Limits#maxListPageSize}, larger ones are cut
   */
  public Page page(String token, int size) {
    int pageSize = size <= 0 ? DEFAULT_PAGE_SIZE : Math.min(size, limits.maxListPageSize());
    NavigableSet<String> names = new TreeSet<>();
    for (EventLog log : eventLogs.all()) {
      names.addAll(log.swarmNames());
    }
    NavigableSet<String> rest = token.isEmpty() ? names : names.tailSet(token, false);
    List<Swarm> swarms = new ArrayList<>();
    String last = "";
    for (String name : rest) {
      if (swarms.size() == pageSize) {
        return new Page(swarms, last);
      }
      eventLogs.swarm(name).map(this::describe).ifPresent(swarms::add);
      last = name;
    }
    return new Page(swarms, "");
  }

  /** One swarm with the sums of its scopes at the heads; empty if there is none of that name. */
  public Optional<GetSwarmResponse> details(String name) {
    return eventLogs
        .swarm(name)
        .map(
            state -> {
              EventLog log = eventLogs.shard(eventLogs.shardOf(state.slot()));
              List<ScopeSums> sums =
                  Stream.of(Log.LOG_CONTROL, Log.LOG_MAIN)
                      .flatMap(
                          kind ->
                              log
                                  .sums(name, kind, View.everything(), state.head(kind).getOpId())
                                  .stream())
                      .toList();
              return GetSwarmResponse.newBuilder()
                  .setSwarm(describe(state))
                  .addAllSums(sums.subList(0, Math.min(sums.size(), MAX_SUMS)))
                  .setScopeCount(sums.size())
                  .setRateLimitFigures(rateLimiting.figures(name))
                  .build();
            });
  }

  /** A swarm's state in the words of the contract. Does not block. */
  public Swarm describe(SwarmState state) {
    Swarm.Builder swarm = Swarm.newBuilder();
    if (!state.rateLimits().equals(RateLimits.getDefaultInstance())) {
      swarm.setRateLimits(state.rateLimits());
    }
    for (AncestorEpoch ancestor : state.ancestors()) {
      swarm.addAncestors(
          Ancestor.newBuilder()
              .setEpoch(ancestor.epoch())
              .setMainFork(ancestor.mainFork())
              .setControlFork(ancestor.controlFork())
              .setEndedUnixNano(ancestor.endedUnixNs()));
    }
    return swarm
        .setName(state.name())
        .setIncarnation(state.incarnation())
        .setEpoch(state.epoch())
        .setShard(eventLogs.shardOf(state.slot()))
        .setSlot(state.slot())
        .setMainHead(state.mainHead())
        .setControlHead(state.controlHead())
        .setCreatedUnixNano(state.createdUnixNs())
        .setMainHorizonOpId(state.mainHorizonOpId())
        .setControlHorizonOpId(state.controlHorizonOpId())
        .setConnectedAgents(agents.count(state.name()))
        .build();
  }
}
