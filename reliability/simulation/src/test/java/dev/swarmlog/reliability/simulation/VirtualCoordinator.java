package dev.swarmlog.reliability.simulation;

import dev.swarmlog.server.EventLogs;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Memory;
import dev.swarmlog.server.ServerIdentity;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ConfigurationException;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.memory.InMemoryTelemetryLog;
import dev.swarmlog.v1.Log;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * One life of the coordinator, on a disk that outlives it: the real one, from its services to its
 * store, with virtual threads.
 */
final class VirtualCoordinator {

  static final Limits LIMITS =
      Limits.defaults()
          .with("maxGroupRecords", 8)
          .with("maxDeliveryBytes", 2 << 10)
          .with("maxTailBatchesPerSwarm", 6)
          .with("maxUnacknowledgedOperations", 24);

  private static final ServerConfiguration CONFIGURATION = configuration();
  private static final long FLUSH_NS = 2_000_000;
  private static final int STEP_DELAY_NS = 200_000;

  private final VirtualTime time;
  private final VirtualProcess process;
  private final VirtualDisk disk;
  private final SplittableRandom random;
  private final VirtualThreads threads;
  private final SimulatedServer server;
  private final EventLog log;
  private final Runnable flushing;

  /** The wall clock of its machine: how far it is ahead of the simulation's time. */
  interface WallClock {
    long unixNs();
  }

  /**
   * Opens the store and serves.
   *
   * @param flushing is told of each flush, in the middle of it
   * @throws dev.swarmlog.storage.StorageException if it refuses to open
   */
  VirtualCoordinator(
      VirtualTime time,
      VirtualProcess process,
      VirtualDisk disk,
      VirtualNetwork network,
      WallClock wall,
      Bugs bugs,
      Runnable flushing,
      long seed) {
    this.flushing = flushing;
    this.time = time;
    this.process = process;
    this.disk = disk;
    this.random = new SplittableRandom(seed);
    this.threads = new VirtualThreads(time, process, this::stepDelayNs);
    KeyValueStore store = bugs.store(disk.new Store(this::flush));
    this.log =
        new KeyValueEventLog(
            store,
            /* shard= */ 0,
            /* shardCount= */ 1,
            new KeyValueEventLog.DurableListener() {
              @Override
              public void durableThrough(long index) {}

              @Override
              public void close() {}
            });
    TimeSource clock =
        new TimeSource() {
          @Override
          public long unixNs() {
            return wall.unixNs();
          }

          @Override
          public long monotonicNs() {
            return time.nowNs();
          }
        };
    VirtualExecutor readers =
        new VirtualExecutor(time, process, /* serial= */ false, this::stepDelayNs);
    VirtualExecutor housekeeping = new VirtualExecutor(time, process, /* serial= */ true, () -> 0);
    this.server =
        DaggerSimulatedServer.factory()
            .create(
                CONFIGURATION,
                LIMITS,
                clock,
                bugs.threads(threads),
                readers,
                housekeeping,
                random,
                plenty(),
                (exitCode, message, cause) -> {
                  throw new AssertionError(message, cause);
                },
                new ServerIdentity("simulated", wall.unixNs()),
                new EventLogs(List.of(log)),
                InMemoryTelemetryLog.create());
    server.path().start();
    network.listen(
        process,
        server.transport().services(),
        attributes -> server.transport().connected(attributes));
  }

  private static ServerConfiguration configuration() {
    try {
      return ServerConfiguration.load(Optional.empty(), Map.of(), Map.of());
    } catch (ConfigurationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Memory plenty() {
    return new Memory() {
      @Override
      public Usage heap() {
        return new Usage(0, 1L << 30);
      }

      @Override
      public Usage direct() {
        return new Usage(0, 1L << 30);
      }

      @Override
      public long collections() {
        return 0;
      }

      @Override
      public void collect() {}
    };
  }

  private long stepDelayNs() {
    return random.nextInt(STEP_DELAY_NS);
  }

  private void flush() {
    long halfNs = FLUSH_NS / 4 + random.nextLong(FLUSH_NS / 2);
    time.sleep(process, halfNs);
    flushing.run();
    time.sleep(process, halfNs);
  }

  VirtualProcess process() {
    return process;
  }

  EventLog log() {
    return log;
  }

  /** Wakes the writer if something waits for it. Called after every event. */
  void look() {
    if (process.isAlive() && !server.shards().all().get(0).writer().isIdle()) {
      threads.loop(0).wake();
    }
  }

  /** Moves the horizon of a log. */
  void compact(String swarm, Log of, long upToOpId) {
    var unused = server.compaction().compact(swarm, of, upToOpId, process::isAlive);
  }

  int unsyncedBatches() {
    return disk.unsyncedBatches();
  }
}
