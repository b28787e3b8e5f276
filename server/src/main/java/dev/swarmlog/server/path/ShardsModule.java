package dev.swarmlog.server.path;

import dagger.Binds;
import dagger.Module;
import dagger.Provides;
import dev.swarmlog.server.DataPath;
import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.EventLogs;
import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.ProcessTerminator;
import dev.swarmlog.server.RateLimiting;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.ShardStatuses;
import dev.swarmlog.server.SwarmCompaction;
import dev.swarmlog.server.SwarmCreation;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.BreakerSettings;
import dev.swarmlog.server.configuration.DriftSettings;
import dev.swarmlog.server.configuration.ParkingSettings;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.server.path.accept.AcceptModule;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.RateGate;
import dev.swarmlog.server.path.batch.ShardWriter;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.Replication;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.RateLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.inject.Singleton;

/** Puts the steps of the path together, shard by shard, from the right to the left. */
@Module(includes = AcceptModule.class)
public abstract class ShardsModule {

  private ShardsModule() {}

  @Provides
  @Singleton
  static Shards shards(
      EventLogs eventLogs,
      @Readers Executor readers,
      ServerConfiguration configuration,
      Limits limits,
      TimeSource time,
      Threads threads,
      Instruments instruments,
      DiskSpace disk,
      ProcessTerminator terminator) {
    Durability durability =
        configuration.inMemory() ? Durability.DURABILITY_OS : Durability.DURABILITY_ALWAYS;
    long maxTailBytes =
        Math.max(
            limits.maxTailBytesPerSwarm(),
            limits.maxTailBytesPerCoordinator() / eventLogs.shardCount());
    FrameMemory frameMemory = new FrameMemory(limits.maxFrameTimesBytes());
    List<Shard> shards = new ArrayList<>();
    for (int index = 0; index < eventLogs.shardCount(); index++) {
      EventLog log = eventLogs.shard(index);
      Deliveries deliveries =
          new Deliveries(log, readers, limits, maxTailBytes, frameMemory, instruments);
      Committer committer =
          new Committer(Replication.local(log, durability), deliveries, instruments, index);
      ShardWriter writer =
          new ShardWriter(index, committer, limits, time, threads, disk, terminator);
      shards.add(new Shard(index, log, writer, deliveries));
    }
    return new Shards(shards);
  }

  @Provides
  @Singleton
  static Admission admission(
      Shards shards, Limits limits, RandomGenerator random, ServerConfiguration configuration) {
    return new Admission(limits, shards, random, configuration.createSwarms());
  }

  @Provides
  static BreakerSettings breakerSettings(ServerConfiguration configuration) {
    return configuration.breaker();
  }

  @Provides
  static ParkingSettings parkingSettings(ServerConfiguration configuration) {
    return configuration.parking();
  }

  @Provides
  @Singleton
  static RateGate rateGate(
      Shards shards, Limits limits, TimeSource time, ScheduledExecutorService timer) {
    return RateGate.of(
        limits,
        swarm ->
            shards
                .of(swarm)
                .log()
                .swarm(swarm)
                .map(SwarmState::rateLimits)
                .orElse(RateLimits.getDefaultInstance()),
        time,
        (delayNs, action) -> timer.schedule(action, delayNs, TimeUnit.NANOSECONDS));
  }

  @Provides
  static DriftSettings driftSettings(ServerConfiguration configuration) {
    return configuration.drift();
  }

  @Binds
  abstract DataPath dataPath(ShardedPath path);

  @Binds
  abstract SwarmCreation swarmCreation(ShardedPath path);

  @Binds
  abstract SwarmCompaction swarmCompaction(ShardedPath path);

  @Binds
  abstract RateLimiting rateLimiting(ShardedPath path);

  @Binds
  abstract ShardStatuses shardStatuses(ShardedPath path);
}
