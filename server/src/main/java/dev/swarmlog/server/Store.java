package dev.swarmlog.server;

import dev.swarmlog.server.StartupException.Kind;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.memory.InMemoryEventLog;
import dev.swarmlog.storage.memory.InMemoryTelemetryLog;
import dev.swarmlog.storage.rocksdb.DataDirectory;
import dev.swarmlog.storage.rocksdb.DiskReserve;
import dev.swarmlog.storage.rocksdb.StorageOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/**
 * The opened store of a coordinator: a data directory, or memory.
 *
 * <p>Opened and closed by one thread at a time. When it is closed no writer thread may be left.
 */
final class Store implements AutoCloseable {

  private final EventLogs eventLogs;
  private final TelemetryLog telemetryLog;

  /** In the order of opening; closed in the opposite one. */
  private final Deque<Runnable> closers;

  private final Optional<DiskReserve> reserve;

  private Store(
      EventLogs eventLogs,
      TelemetryLog telemetryLog,
      Optional<DiskReserve> reserve,
      Deque<Runnable> closers) {
    this.eventLogs = eventLogs;
    this.telemetryLog = telemetryLog;
    this.reserve = reserve;
    this.closers = closers;
  }

  /**
   * Opens what the configuration names.
   *
   * @param layers what lies around the event log of each shard, by its number
   * @throws dev.swarmlog.storage.StorageException if it cannot be opened; nothing is left open then
   * @throws StartupException if it was made with another number of shards than configured
   */
  static Store open(ServerConfiguration configuration, IntFunction<StoreLayers> layers)
      throws StartupException {
    Deque<Runnable> closers = new ArrayDeque<>();
    boolean opened = false;
    try {
      Store store =
          configuration.inMemory()
              ? inMemory(layers, closers)
              : onDisk(configuration, layers, closers);
      opened = true;
      return store;
    } finally {
      if (!opened) {
        closeAll(closers);
      }
    }
  }

  EventLogs eventLogs() {
    return eventLogs;
  }

  TelemetryLog telemetryLog() {
    return telemetryLog;
  }

  /** The space that is held back beside them; empty if nothing is stored. */
  Optional<DiskReserve> reserve() {
    return reserve;
  }

  @Override
  public void close() {
    closeAll(closers);
  }

  private static Store inMemory(IntFunction<StoreLayers> layers, Deque<Runnable> closers) {
    EventLog log = InMemoryEventLog.create(layers.apply(0));
    closers.push(log::close);
    TelemetryLog telemetry = InMemoryTelemetryLog.create();
    closers.push(telemetry::close);
    return new Store(new EventLogs(List.of(log)), telemetry, Optional.empty(), closers);
  }

  private static Store onDisk(
      ServerConfiguration configuration, IntFunction<StoreLayers> layers, Deque<Runnable> closers)
      throws StartupException {
    StorageOptions options = StorageOptions.defaults();
    if (configuration.shards().isPresent()) {
      options = options.withShardCount(configuration.shards().get());
    }
    DataDirectory directory = DataDirectory.open(configuration.dataDirectory(), options);
    closers.push(directory::close);
    int shardCount = directory.shardCount();
    if (configuration.shards().isPresent() && configuration.shards().get() != shardCount) {
      throw new StartupException(
          Kind.CONFIGURATION,
          "Expected shards to be %d, as %s was made with, but got %d; the number cannot be changed: leave it out"
              .formatted(shardCount, configuration.dataDirectory(), configuration.shards().get()));
    }
    // Each shard replays a write-ahead log of its own, so all of them together take as long as one.
    OpenedTogether opening = new OpenedTogether(closers);
    List<CompletableFuture<EventLog>> logs = new ArrayList<>();
    for (int i = 0; i < shardCount; i++) {
      int shard = i;
      StoreLayers above = layers.apply(shard);
      logs.add(opening.begin(() -> directory.openShard(shard, above), EventLog::close));
    }
    CompletableFuture<TelemetryLog> telemetry =
        opening.begin(directory::openTelemetry, TelemetryLog::close);
    opening.await();
    DiskReserve reserve = directory.reserve(configuration.disk().reserveBytes());
    return new Store(
        new EventLogs(logs.stream().map(CompletableFuture::join).toList()),
        telemetry.join(),
        Optional.of(reserve),
        closers);
  }

  /** Closes all of them even if one fails; the first failure is thrown. */
  private static void closeAll(Deque<Runnable> closers) {
    RuntimeException first = null;
    while (!closers.isEmpty()) {
      try {
        closers.pop().run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
