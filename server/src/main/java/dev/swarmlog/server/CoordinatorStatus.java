package dev.swarmlog.server;

import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.GetStatusResponse;
import dev.swarmlog.v1.ShardStatus;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * The coordinator as seen by someone who asks how it is doing. Reads block on the disk: for readers
 * only.
 */
@Singleton
public final class CoordinatorStatus {

  private final ServerConfiguration configuration;
  private final Limits limits;
  private final ServerIdentity identity;
  private final EventLogs eventLogs;
  private final ConnectedAgents agents;
  private final ShardStatuses shards;
  private final Memory memory;
  private final MemoryPressure pressure;
  private final UnreadFigures unread;
  private final LogLevels logLevels;

  @Inject
  CoordinatorStatus(
      ServerConfiguration configuration,
      Limits limits,
      ServerIdentity identity,
      EventLogs eventLogs,
      ConnectedAgents agents,
      ShardStatuses shards,
      Memory memory,
      MemoryPressure pressure,
      UnreadFigures unread,
      LogLevels logLevels) {
    this.configuration = configuration;
    this.limits = limits;
    this.identity = identity;
    this.eventLogs = eventLogs;
    this.agents = agents;
    this.shards = shards;
    this.memory = memory;
    this.pressure = pressure;
    this.unread = unread;
    this.logLevels = logLevels;
  }

  /** Everything at this moment. */
  public GetStatusResponse describe() {
    GetStatusResponse.Builder response =
        GetStatusResponse.newBuilder()
            .setVersion(identity.version())
            .setStartedUnixNano(identity.startedUnixNs())
            .setDataDirectory(dataDirectory())
            .setSessionCount(agents.sessionCount())
            .addAllConfiguration(configuration.values())
            .addAllLogLevels(logLevels.inForce())
            .setLimits(limits.toProto());
    List<ShardStatus> statuses = shards.statuses();
    int swarmCount = 0;
    for (ShardStatus status : statuses) {
      int inShard = eventLogs.shard(status.getShard()).swarmNames().size();
      swarmCount += inShard;
      response.addShards(status.toBuilder().setSwarmCount(inShard));
    }
    tellMemory(response);
    return response.setSwarmCount(swarmCount).build();
  }

  private void tellMemory(GetStatusResponse.Builder response) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    Memory.Usage direct = memory.direct();
    String scarce = pressure.scarce();
    response
        .setHeapUsedBytes(heap.getUsed())
        .setHeapMaxBytes(Math.max(0, heap.getMax()))
        .setHeapAfterCollectionBytes(memory.heap().usedBytes())
        .setDirectUsedBytes(direct.usedBytes())
        .setDirectMaxBytes(direct.maxBytes())
        .setUnreadBytes(unread.unreadBytes())
        .setUnreadMaxBytes(unread.maxUnreadBytes())
        .setStalledStreamsEnded(unread.stalledStreamsEnded())
        .setScarceMemory(scarce == null ? "" : scarce);
  }

  private String dataDirectory() {
    return configuration.inMemory()
        ? "(in memory)"
        : configuration.dataDirectory().toAbsolutePath().normalize().toString();
  }
}
