package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.ReadableRows;
import dev.swarmlog.storage.kv.ReadableRows.Gap;
import dev.swarmlog.storage.repair.DirectoryCondition;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.repair.ShardCondition;
import dev.swarmlog.storage.rocksdb.DamagedDatabase.Recovery;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A data directory that may be damaged, locked by this process: verified without a change to it, or
 * repaired.
 *
 * <p>Used by one thread, while no coordinator has the directory.
 */
public final class DamagedDirectory implements AutoCloseable {

  private final Path directory;
  private final DirectoryLock lock;
  private final int shardCount;
  private final RepairListener listener;

  private DamagedDirectory(
      Path directory, DirectoryLock lock, int shardCount, RepairListener listener) {
    this.directory = directory;
    this.lock = lock;
    this.shardCount = shardCount;
    this.listener = listener;
  }

  /**
   * Locks a data directory.
   *
   * @throws StorageException if there is none, or another process has it, or {@code FORMAT} cannot
   *     be read
   */
  public static DamagedDirectory open(Path directory, RepairListener listener) {
    if (!Files.isDirectory(directory)) {
      throw new StorageException(
          StorageException.Kind.FOREIGN,
          "Expected a data directory, but there is none at " + directory + ". Name another one.");
    }
    if (!Files.exists(directory.resolve(FormatFile.NAME))) {
      throw new StorageException(
          StorageException.Kind.FOREIGN,
          "Expected "
              + directory
              + " to be a Swarmlog data directory, but it has no file "
              + FormatFile.NAME
              + ". Name another one, or restore the file from a backup.");
    }
    FileKinds.check(directory);
    int shardCount = FormatFile.read(directory).shardCount();
    return new DamagedDirectory(directory, DirectoryLock.acquire(directory), shardCount, listener);
  }

  /** Reads everything. */
  public DirectoryCondition verify() {
    List<ShardCondition> shards = new ArrayList<>();
    for (int shard = 0; shard < shardCount; shard++) {
      shards.add(shardRepair(shard).verify());
    }
    return new DirectoryCondition(shards, telemetryDamage());
  }

  /**
   * What a repair did.
   *
   * @param condition what was found, and what was lost
   * @param keptAside what was there before, for each part that was repaired
   * @param finished shards of which an earlier repair was interrupted just before its end
   */
  public record Repaired(
      DirectoryCondition condition, List<Path> keptAside, List<Integer> finished) {

    public Repaired {
      keptAside = List.copyOf(keptAside);
      finished = List.copyOf(finished);
    }
  }

  /**
   * Repairs what is not whole. Shards that are whole are not touched. All that has to be built is
   * built before anything takes its place.
   *
   * @param newEpochs random numbers, not 0
   * @throws StorageException if a shard cannot be repaired; all are as they were then, but that an
   *     earlier repair may have been ended
   */
  public Repaired repair(StorageOptions options, LongSupplier newEpochs) {
    List<Integer> finished = new ArrayList<>();
    for (int shard = 0; shard < shardCount; shard++) {
      if (shardRepair(shard).finishInterrupted()) {
        finished.add(shard);
      }
    }
    List<ShardRepair.Prepared> prepared = prepare(options, newEpochs);
    prepared.stream()
        .filter(ShardRepair.Prepared::built)
        .forEach(shard -> listener.built(shard.condition()));
    List<Path> keptAside = new ArrayList<>();
    for (int shard = 0; shard < shardCount; shard++) {
      if (prepared.get(shard).built()) {
        keptAside.add(shardRepair(shard).install());
      }
    }
    List<ShardCondition> shards = prepared.stream().map(ShardRepair.Prepared::condition).toList();
    List<String> telemetryDamage = telemetryDamage();
    if (!telemetryDamage.isEmpty()) {
      // Telemetry is worth nothing after a while: a damaged store of it begins anew.
      keptAside.add(Directories.setAside(TelemetryDirectory.of(directory).directory()));
    }
    return new Repaired(new DirectoryCondition(shards, telemetryDamage), keptAside, finished);
  }

  private List<ShardRepair.Prepared> prepare(StorageOptions options, LongSupplier newEpochs) {
    List<ShardRepair.Prepared> prepared = new ArrayList<>();
    try (SharedResources shared = new SharedResources(options)) {
      for (int shard = 0; shard < shardCount; shard++) {
        prepared.add(shardRepair(shard).prepare(shared, newEpochs));
      }
      return prepared;
    } catch (RuntimeException e) {
      for (int shard = 0; shard < prepared.size(); shard++) {
        shardRepair(shard).discard();
      }
      throw e;
    }
  }

  private ShardRepair shardRepair(int shard) {
    return new ShardRepair(DataDirectory.shard(directory, shard, shardCount), listener);
  }

  private List<String> telemetryDamage() {
    Path database = TelemetryDirectory.of(directory).databaseBeforeOpening();
    List<String> damage = new ArrayList<>();
    if (!Files.exists(database)) {
      return damage;
    }
    listener.began("reading telemetry");
    Optional<String> refusal = refusal(database);
    if (refusal.isPresent()) {
      return List.of(refusal.get());
    }
    try (DamagedDatabase rows =
        DamagedDatabase.open(database, TelemetryDirectory.FAMILIES, Recovery.ALL_THAT_IS_WHOLE)) {
      for (Family family : TelemetryDirectory.FAMILIES) {
        rows.walk(
            family,
            new ReadableRows.Listener() {
              @Override
              public void row(byte[] key, byte[] value) {}

              @Override
              public void gap(Gap gap) {
                damage.add(
                    "family %s of the telemetry cannot be read in one place: %s"
                        .formatted(family.label(), gap.detail()));
              }
            });
      }
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      damage.add(String.valueOf(e.getMessage()));
    }
    return damage;
  }

  /** Why a coordinator would not open it; empty if it would. */
  private static Optional<String> refusal(Path database) {
    try {
      DamagedDatabase.open(database, TelemetryDirectory.FAMILIES, Recovery.STRICT).close();
      return Optional.empty();
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      return TornWriteAheadLog.find(database, /* severalUnflushed= */ true).isPresent()
          ? Optional.empty()
          : Optional.of(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    lock.close();
  }
}
