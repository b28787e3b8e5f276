package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.ShardRebuilding;
import dev.swarmlog.storage.eventlog.ShardSurvey;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.repair.LogCondition;
import dev.swarmlog.storage.repair.RepairListener;
import dev.swarmlog.storage.repair.ShardCondition;
import dev.swarmlog.storage.rocksdb.DamagedDatabase.Recovery;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.storage.v1.StartEpoch;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The damaged directory of one shard: what can be read of it, and the one that takes its place.
 *
 * <pre>
 * shard-0000             the shard; not written to by a repair
 * shard-0000.repaired    what is built; complete once shard-0000 has got its new name
 * shard-0000.damaged-1   what was there before the first repair
 * </pre>
 *
 * <p>Owned by one thread, which holds the lock of the data directory.
 */
final class ShardRepair {

  private static final String LINKS = ".links";
  private static final String REPAIRED = ".repaired";
  private static final String DAMAGED = ".damaged-";

  private final ShardDirectory shard;
  private final RepairListener listener;

  ShardRepair(ShardDirectory shard, RepairListener listener) {
    this.shard = shard;
    this.listener = listener;
  }

  /** Puts a repaired shard into its place whose repair was interrupted just before that. */
  void finishInterrupted() {
    if (!Files.exists(shard.directory()) && Files.exists(beside(REPAIRED))) {
      move(beside(REPAIRED), shard.directory());
    }
  }

  /** Reads all of it and changes nothing. */
  ShardCondition verify() {
    List<String> damage = new ArrayList<>();
    long acknowledged = acknowledgedEntry(damage);
    if (!shard.hasDatabase()) {
      if (acknowledged > 0) {
        damage.add("there is no database");
      }
      return new ShardCondition(shard.shard(), acknowledged, 0, 0, damage, List.of());
    }
    boolean trusted = isTrusted(damage);
    try (DatabaseLinks.Opened source = open(Recovery.ALL_THAT_IS_WHOLE)) {
      return withMore(survey(source, acknowledged, trusted).condition(), damage);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      damage.add(String.valueOf(e.getMessage()));
      return new ShardCondition(shard.shard(), acknowledged, 0, 0, damage, List.of());
    }
  }

  /**
   * Builds a shard of what can be read, and puts it into the place of the damaged one.
   *
   * @param newEpochs random
   * @return what was lost, with the new epochs
   * @throws StorageException if nothing can be read, or there is no room for it; nothing was
   *     changed then
   */
  ShardCondition repair(SharedResources shared, LongSupplier newEpochs) {
    openForRepair().close();
    return repair(shared, newEpochs, isTrusted(new ArrayList<>()));
  }

  /** The same, and makes all anew that follows from operations, whether it is damaged or not. */
  ShardCondition repairAll(SharedResources shared, LongSupplier newEpochs) {
    return repair(shared, newEpochs, /* trusted= */ false);
  }

  private ShardCondition repair(SharedResources shared, LongSupplier newEpochs, boolean trusted) {
    List<String> damage = new ArrayList<>();
    long acknowledged = acknowledgedEntry(damage);
    checkRoom();
    Path repaired = beside(REPAIRED);
    Directories.removeAll(repaired);
    ShardDirectory target = new ShardDirectory(repaired, shard.shard(), shard.shardCount());
    ShardCondition condition;
    Map<String, Long> epochs;
    try (DatabaseLinks.Opened source = openForRepair()) {
      ShardSurvey survey = survey(source, acknowledged, trusted);
      condition = withMore(survey.condition(), damage);
      target.create();
      List<String> losers;
      try (RocksStore store =
          RocksStore.open(target.database(), KeyValueEventLog.FAMILIES, shared)) {
        losers =
            new ShardRebuilding(source.database(), survey, store, newEpochs, listener)
                .run(shard.shard(), shard.shardCount());
      }
      epochs = startEpochs(target, shared, losers, newEpochs);
    }
    putIntoPlace(repaired);
    return withEpochs(condition, epochs);
  }

  /** Where the damaged shard is kept after a repair. */
  Path keptAside() {
    return beside(DAMAGED + (nextNumber() - 1));
  }

  private ShardSurvey survey(DatabaseLinks.Opened source, long acknowledged, boolean trusted) {
    return ShardSurvey.of(source.database(), shard.shard(), acknowledged, trusted, listener);
  }

  private DatabaseLinks.Opened open(Recovery recovery) {
    return DatabaseLinks.open(
        shard.databaseBeforeOpening(), beside(LINKS), KeyValueEventLog.FAMILIES, recovery);
  }

  private DatabaseLinks.Opened openForRepair() {
    try {
      return open(Recovery.ALL_THAT_IS_WHOLE);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      throw new StorageException(
          StorageException.Kind.BEYOND_REPAIR,
          "Expected a repair to find out which files %s has, but its MANIFEST or CURRENT cannot be read. Nothing was changed. Restore the directory from a backup."
              .formatted(shard.databaseBeforeOpening()),
          e);
    }
  }

  private long acknowledgedEntry(List<String> damage) {
    try {
      DurableMark mark = DurableMark.open(shard.mark());
      mark.close();
      return mark.index();
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      damage.add("durable-mark cannot be read, so how much was acknowledged is not known");
      return 0;
    }
  }

  /**
   * Whether there can be no hole in the write-ahead log: a coordinator would read it, and all of
   * it.
   */
  private boolean isTrusted(List<String> damage) {
    try {
      long last = lastEntry(Recovery.STRICT);
      if (last == lastEntry(Recovery.ALL_THAT_IS_WHOLE)) {
        return true;
      }
      damage.add("the write-ahead log is damaged behind entry " + last);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      damage.add("a coordinator cannot open it: " + e.getMessage());
    }
    return false;
  }

  private long lastEntry(Recovery recovery) {
    try (DatabaseLinks.Opened source = open(recovery)) {
      return ShardSurvey.lastEntry(source.database());
    }
  }

  private static ShardCondition withMore(ShardCondition condition, List<String> damage) {
    List<String> all = new ArrayList<>(damage);
    all.addAll(condition.damage());
    return new ShardCondition(
        condition.shard(),
        condition.acknowledgedEntry(),
        condition.foundEntry(),
        condition.operationCount(),
        all,
        condition.logs());
  }

  private static ShardCondition withEpochs(ShardCondition condition, Map<String, Long> epochs) {
    return new ShardCondition(
        condition.shard(),
        condition.acknowledgedEntry(),
        condition.foundEntry(),
        condition.operationCount(),
        condition.damage(),
        condition.logs().stream()
            .map((LogCondition log) -> log.withNewEpoch(epochs.getOrDefault(log.swarm(), 0L)))
            .toList());
  }

  /** Opens what was built as a coordinator would, and gives swarms that lost something an epoch. */
  private Map<String, Long> startEpochs(
      ShardDirectory target, SharedResources shared, List<String> swarms, LongSupplier newEpochs) {
    Map<String, Long> epochs = new HashMap<>();
    try (EventLog log = target.open(shared, StoreLayers.NONE)) {
      if (swarms.isEmpty()) {
        return epochs;
      }
      Entry.Builder entry =
          Entry.newBuilder()
              .setVersion(EventLog.ENTRY_VERSION)
              .setIndex(log.appliedIndex() + 1)
              .setLoggedUnixNano(log.loggedUnixNs());
      for (String swarm : swarms) {
        long epoch = newEpochs.getAsLong();
        epochs.put(swarm, epoch);
        entry.addCommands(
            Command.newBuilder()
                .setStartEpoch(StartEpoch.newBuilder().setSwarm(swarm).setEpoch(epoch)));
      }
      for (Outcome outcome : log.apply(entry.build()).outcomes()) {
        if (outcome instanceof Outcome.Refused refused) {
          throw new IllegalStateException("Expected a new epoch to start, but: " + refused);
        }
      }
      log.sync();
    }
    return epochs;
  }

  private void putIntoPlace(Path repaired) {
    move(shard.directory(), beside(DAMAGED + nextNumber()));
    move(repaired, shard.directory());
  }

  private int nextNumber() {
    int number = 1;
    while (Files.exists(beside(DAMAGED + number))) {
      number++;
    }
    return number;
  }

  private void move(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      Directories.force(to.resolveSibling("."));
    } catch (IOException e) {
      throw FileFailures.of(from, "renaming", e);
    }
  }

  private void checkRoom() {
    try (Stream<Path> files = Files.walk(shard.databaseBeforeOpening())) {
      long needed = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        needed += Files.size(file);
      }
      FileStore device = Files.getFileStore(shard.directory());
      if (device.getUsableSpace() < needed) {
        throw new StorageException(
            StorageException.Kind.DISK_FULL,
            "Expected %d MiB of free space beside %s, for a repair writes the shard anew, but there are %d. Free some space and start again."
                .formatted(needed >> 20, shard.directory(), device.getUsableSpace() >> 20));
      }
    } catch (IOException e) {
      throw FileFailures.of(shard.directory(), "reading", e);
    }
  }

  private Path beside(String suffix) {
    return shard.directory().resolveSibling(shard.directory().getFileName() + suffix);
  }
}
