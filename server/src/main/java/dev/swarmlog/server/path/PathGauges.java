package dev.swarmlog.server.path;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Label;
import dev.swarmlog.otel.Meters;
import dev.swarmlog.otel.Metric;
import dev.swarmlog.otel.SwarmLabels;
import dev.swarmlog.server.ConnectedAgents;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Memory;
import dev.swarmlog.server.MemoryPressure;
import dev.swarmlog.server.UnreadFigures;
import dev.swarmlog.server.path.admit.AgentBreakers;
import dev.swarmlog.storage.FailureCounts;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.v1.ConnectedLane;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import javax.inject.Inject;

/**
 * The metrics that are levels, read when somebody looks, on the thread of whoever exports. What is
 * by swarm is added up for those swarms that are not named.
 */
final class PathGauges {

  private static final double NS_PER_SECOND = 1e9;

  private final Meters meters;
  private final SwarmLabels labels;
  private final Shards shards;
  private final ConnectedAgents agents;
  private final AgentBreakers breakers;
  private final UnreadFigures unread;
  private final Memory memory;
  private final MemoryPressure pressure;
  private final DiskSpace disk;

  @Inject
  PathGauges(
      Instruments instruments,
      Shards shards,
      ConnectedAgents agents,
      AgentBreakers breakers,
      UnreadFigures unread,
      Memory memory,
      MemoryPressure pressure,
      DiskSpace disk) {
    this.meters = instruments.meters();
    this.labels = instruments.labels();
    this.shards = shards;
    this.agents = agents;
    this.breakers = breakers;
    this.unread = unread;
    this.memory = memory;
    this.pressure = pressure;
    this.disk = disk;
  }

  /** From now on they can be read, until the meters are closed. */
  void open() {
    openAgents();
    openShards();
    openCoordinator();
  }

  private void openAgents() {
    meters.gauge(Metric.AGENTS, this::agents);
    meters.doubleGauge(
        Metric.LAST_SEEN,
        into -> {
          Map<String, Long> longest = new HashMap<>();
          for (ConnectedAgents.Standing standing : agents.standings()) {
            longest.merge(labels.of(standing.swarm()), standing.silentNs(), Math::max);
          }
          longest.forEach(
              (swarm, silentNs) ->
                  into.record(silentNs / NS_PER_SECOND, Attributes.of(Attribute.SWARM, swarm)));
        });
    meters.gauge(Metric.BACKLOG, into -> backlogs(into, Long::sum));
    meters.gauge(Metric.BACKLOG_MAX, into -> backlogs(into, Math::max));
    meters.gauge(Metric.LANES, this::lanes);
    meters.gauge(Metric.PARKED, into -> failures(into, FailureCounts::parked));
    meters.gauge(Metric.RETRIES, into -> failures(into, FailureCounts::retries));
    meters.gauge(
        Metric.BREAKERS,
        into ->
            breakers
                .counts()
                .forEach(
                    (state, count) ->
                        into.record(
                            count,
                            Attributes.of(Attribute.STATE, Label.of(state, "BREAKER_STATE_")))));
  }

  private void openShards() {
    meters.gauge(
        Metric.QUEUED_COMMANDS,
        into -> byShard(into, shard -> shard.writer().load().queuedCommands()));
    meters.gauge(
        Metric.QUEUED_BYTES, into -> byShard(into, shard -> shard.writer().load().queuedBytes()));
    ofStore(Metric.STORE_SIZE, StoreFigures::fileBytes);
    ofStore(Metric.STORE_MEMTABLES, StoreFigures::memtableBytes);
    ofStore(Metric.STORE_COMPACTION_PENDING, StoreFigures::pendingCompactionBytes);
    ofStore(Metric.STORE_WRITE_STOPPED, figures -> figures.writeStopped() ? 1 : 0);
    meters.observedCounter(
        Metric.STORE_BACKGROUND_ERRORS,
        into -> byShard(into, shard -> shard.log().storeFigures().backgroundErrors()));
    // The same in all of them.
    meters.gauge(
        Metric.STORE_CACHE,
        into -> into.record(shards.all().get(0).log().storeFigures().cacheBytes()));
  }

  private void openCoordinator() {
    meters.gauge(Metric.UNREAD_BYTES, into -> into.record(unread.unreadBytes()));
    meters.observedCounter(
        Metric.STALLED_STREAMS_ENDED, into -> into.record(unread.stalledStreamsEnded()));
    meters.gauge(Metric.MEMORY_SCARCE, into -> into.record(pressure.scarce() == null ? 0 : 1));
    if (disk.known()) {
      meters.gauge(Metric.DISK_LEFT, into -> into.record(disk.usableBytes()));
      meters.gauge(Metric.DISK_STATE, into -> into.record(disk.state().number()));
    }
    meters.gauge(Metric.DIRECT_MEMORY, into -> into.record(memory.direct().usedBytes()));
  }

  private void ofStore(Metric metric, ToLongFunction<StoreFigures> figure) {
    meters.gauge(
        metric, into -> byShard(into, shard -> figure.applyAsLong(shard.log().storeFigures())));
  }

  private void byShard(ObservableLongMeasurement into, ToLongFunction<Shard> figure) {
    for (Shard shard : shards.all()) {
      into.record(figure.applyAsLong(shard), Attributes.of(Attribute.SHARD, (long) shard.index()));
    }
  }

  private void agents(ObservableLongMeasurement into) {
    Map<String, Long> counts = new HashMap<>();
    for (ConnectedAgents.Standing standing : agents.standings()) {
      counts.merge(labels.of(standing.swarm()), 1L, Long::sum);
    }
    counts.forEach((swarm, count) -> into.record(count, Attributes.of(Attribute.SWARM, swarm)));
  }

  private void backlogs(ObservableLongMeasurement into, BiFunction<Long, Long, Long> add) {
    Map<Attributes, Long> sums = new HashMap<>();
    for (ConnectedAgents.Standing standing : agents.standings()) {
      for (ConnectedLane lane : standing.lanes()) {
        sums.merge(
            Attributes.of(
                Attribute.SWARM,
                labels.of(standing.swarm()),
                Attribute.LOG,
                LogName.of(lane.getLog())),
            Math.max(0, lane.getHeadOpId() - lane.getAckedOpId()),
            add);
      }
    }
    sums.forEach((attributes, sum) -> into.record(sum, attributes));
  }

  private void lanes(ObservableLongMeasurement into) {
    Map<Attributes, Long> counts = new HashMap<>();
    for (ConnectedAgents.Standing standing : agents.standings()) {
      for (ConnectedLane lane : standing.lanes()) {
        counts.merge(
            Attributes.of(
                Attribute.LOG, LogName.of(lane.getLog()), Attribute.STATE, lane.getState()),
            1L,
            Long::sum);
      }
    }
    counts.forEach((attributes, count) -> into.record(count, attributes));
  }

  private void failures(ObservableLongMeasurement into, ToLongFunction<FailureCounts> figure) {
    Map<String, Long> sums = new HashMap<>();
    for (Shard shard : shards.all()) {
      for (String name : shard.log().swarmNames()) {
        shard
            .log()
            .swarm(name)
            .map(swarm -> figure.applyAsLong(swarm.failures()))
            .filter(count -> count > 0)
            .ifPresent(count -> sums.merge(labels.of(name), count, Long::sum));
      }
    }
    sums.forEach((swarm, sum) -> into.record(sum, Attributes.of(Attribute.SWARM, swarm)));
  }
}
