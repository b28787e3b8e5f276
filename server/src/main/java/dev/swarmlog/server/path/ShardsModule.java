package dev.swarmlog.server.path;

import dagger.Binds;
import dagger.Module;
import dagger.Provides;
import dagger.multibindings.IntoSet;
import dev.swarmlog.server.ConnectedAgents;
import dev.swarmlog.server.DataPath;
import dev.swarmlog.server.EventLogs;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.ProcessTerminator;
import dev.swarmlog.server.Readers;
import dev.swarmlog.server.ShardStatuses;
import dev.swarmlog.server.SwarmCreation;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.server.path.accept.ObservationEndpoint;
import dev.swarmlog.server.path.accept.PublishEndpoint;
import dev.swarmlog.server.path.accept.SerialExecutors;
import dev.swarmlog.server.path.accept.SessionEndpoint;
import dev.swarmlog.server.path.accept.Sessions;
import dev.swarmlog.server.path.accept.SyncEndpoint;
import dev.swarmlog.server.path.admit.Admission;
import dev.swarmlog.server.path.admit.SwarmDoor;
import dev.swarmlog.server.path.batch.ShardWriters;
import dev.swarmlog.server.path.commit.Committer;
import dev.swarmlog.server.path.commit.LocalReplication;
import dev.swarmlog.server.path.deliver.Deliveries;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.Durability;
import io.grpc.BindableService;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import javax.inject.Singleton;

/** Puts the steps of the path together, shard by shard, from the right to the left. */
@Module
public abstract class ShardsModule {

  private ShardsModule() {}

  @Provides
  @Singleton
  static List<Deliveries> deliveries(
      EventLogs eventLogs, @Readers Executor readers, Limits limits) {
    long maxTailBytes =
        Math.max(
            limits.maxTailBytesPerSwarm(),
            limits.maxTailBytesPerCoordinator() / eventLogs.shardCount());
    List<Deliveries> deliveries = new ArrayList<>();
    for (EventLog log : eventLogs.all()) {
      deliveries.add(new Deliveries(log, readers, limits, maxTailBytes));
    }
    return deliveries;
  }

  @Provides
  @Singleton
  static ShardWriters writers(
      EventLogs eventLogs,
      List<Deliveries> deliveries,
      ServerConfiguration configuration,
      Limits limits,
      TimeSource time,
      ProcessTerminator terminator) {
    Durability durability =
        configuration.inMemory() ? Durability.DURABILITY_OS : Durability.DURABILITY_ALWAYS;
    List<Committer> committers = new ArrayList<>();
    for (int shard = 0; shard < eventLogs.shardCount(); shard++) {
      committers.add(
          new Committer(
              new LocalReplication(eventLogs.shard(shard), durability), deliveries.get(shard)));
    }
    return new ShardWriters(committers, limits, time, terminator);
  }

  @Provides
  @Singleton
  static Shards shards(EventLogs eventLogs, ShardWriters writers, List<Deliveries> deliveries) {
    List<Shard> shards = new ArrayList<>();
    for (int shard = 0; shard < eventLogs.shardCount(); shard++) {
      shards.add(
          new Shard(shard, eventLogs.shard(shard), writers.shard(shard), deliveries.get(shard)));
    }
    return new Shards(shards);
  }

  @Provides
  @Singleton
  static SwarmDoor door(
      Shards shards, Admission admission, Limits limits, ServerConfiguration configuration) {
    return new SwarmDoor(
        shards, admission, limits, new SecureRandom(), configuration.createSwarms());
  }

  @Provides
  @Singleton
  static SerialExecutors serialExecutors() {
    return new SerialExecutors(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  @Binds
  @IntoSet
  abstract BindableService session(SessionEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService publish(PublishEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService sync(SyncEndpoint endpoint);

  @Binds
  @IntoSet
  abstract BindableService observation(ObservationEndpoint endpoint);

  @Binds
  abstract ConnectedAgents connectedAgents(Sessions sessions);

  @Binds
  abstract DataPath dataPath(ShardedPath path);

  @Binds
  abstract SwarmCreation swarmCreation(ShardedPath path);

  @Binds
  abstract ShardStatuses shardStatuses(ShardedPath path);
}
