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
    try (Source source = openForRepair(damage)) {
      return withMore(survey(source, acknowledged).condition(), damage);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.BEYOND_REPAIR) {
        throw e;
      }
      damage.add("its list of files, MANIFEST or CURRENT, cannot be read");
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
    return repair(shared, newEpochs, /* trustNothing= */ false);
  }

  /** The same, and makes all anew that follows from operations, whether it is damaged or not. */
  ShardCondition repairAll(SharedResources shared, LongSupplier newEpochs) {
    return repair(shared, newEpochs, /* trustNothing= */ true);
  }

  private ShardCondition repair(
      SharedResources shared, LongSupplier newEpochs, boolean trustNothing) {
    List<String> damage = new ArrayList<>();
    long acknowledged = acknowledgedEntry(damage);
    checkRoom();
    Path repaired = beside(REPAIRED);
    ShardDirectory target = new ShardDirectory(repaired, shard.shard(), shard.shardCount());
    ShardCondition condition;
    Map<String, Long> epochs;
    try (Source opened = openForRepair(damage)) {
      Source source = trustNothing ? new Source(opened.opened(), false) : opened;
      ShardSurvey survey = survey(source, acknowledged);
      condition = withMore(survey.condition(), damage);
      Directories.removeAll(repaired);
      target.create();
      List<String> losers;
      try (RocksStore store =
          RocksStore.open(target.database(), KeyValueEventLog.FAMILIES, shared)) {
        losers =
            new ShardRebuilding(source.rows(), survey, store, newEpochs, listener)
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

  /**
   * What is read.
   *
   * @param trusted there can be no hole in it: derived rows that can be read are right
   */
  private record Source(DatabaseLinks.Opened opened, boolean trusted) implements AutoCloseable {

    DamagedDatabase rows() {
      return opened.database();
    }

    @Override
    public void close() {
      opened.close();
    }
  }

  private ShardSurvey survey(Source source, long acknowledged) {
    return ShardSurvey.of(source.rows(), shard.shard(), acknowledged, source.trusted(), listener);
  }

  /**
   * Opens it so that as much as possible can be read.
   *
   * @param damage gets what a coordinator would refuse
   */
  private Source openForRepair(List<String> damage) {
    long strict = -1;
    try {
      strict = lastEntry(Recovery.STRICT);
    } catch (StorageException e) {
      checkDamage(e);
      if (endsTorn()) {
        // A coordinator drops that, and so does who opens it blanked: nobody was told of it.
        return new Source(openBlanked(), /* trusted= */ true);
      }
      damage.add("a coordinator cannot open it: " + e.getMessage());
    }
    try {
      DatabaseLinks.Opened opened = open(Recovery.ALL_THAT_IS_WHOLE);
      boolean trusted = strict == ShardSurvey.lastEntry(opened.database());
      if (!trusted && strict >= 0) {
        damage.add("the write-ahead log is damaged behind entry " + strict);
      }
      return new Source(opened, trusted);
    } catch (StorageException e) {
      checkDamage(e);
    }
    try {
      return new Source(openBlanked(), /* trusted= */ false);
    } catch (StorageException e) {
      checkDamage(e);
    }
    try {
      return new Source(open(Recovery.UP_TO_DAMAGE), /* trusted= */ true);
    } catch (StorageException e) {
      checkDamage(e);
      throw new StorageException(
          StorageException.Kind.BEYOND_REPAIR,
          "Expected a repair to find out which files %s has, but its MANIFEST or CURRENT cannot be read. Nothing was changed. Restore the directory from a backup."
              .formatted(shard.databaseBeforeOpening()),
          e);
    }
  }

  private boolean endsTorn() {
    return TornWriteAheadLog.find(shard.databaseBeforeOpening(), /* severalUnflushed= */ false)
        .isPresent();
  }

  private DatabaseLinks.Opened openBlanked() {
    return DatabaseLinks.openBlanked(
        shard.databaseBeforeOpening(), beside(LINKS), KeyValueEventLog.FAMILIES);
  }

  private static void checkDamage(StorageException e) {
    if (e.kind() != StorageException.Kind.DAMAGED) {
      throw e;
    }
  }

  private DatabaseLinks.Opened open(Recovery recovery) {
    return DatabaseLinks.open(
        shard.databaseBeforeOpening(), beside(LINKS), KeyValueEventLog.FAMILIES, recovery);
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
