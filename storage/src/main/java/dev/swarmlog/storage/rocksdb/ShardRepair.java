package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.ShardRebuilding;
import dev.swarmlog.storage.eventlog.ShardSurvey;
import dev.swarmlog.storage.eventlog.ShardSurvey.Trust;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The damaged directory of one shard: what can be read of it, and the one that takes its place.
 *
 * <pre>
 * shard-0000             the shard; not written to by a repair
 * shard-0000.building    what is built
 * shard-0000.repaired    the same, complete; waits for the place of shard-0000
 * shard-0000.damaged-1   what was there before the first repair
 * </pre>
 *
 * <p>Owned by one thread, which holds the lock of the data directory.
 */
final class ShardRepair {

  private static final String LINKS = "links";
  private static final String BUILDING = ".building";
  private static final String REPAIRED = ".repaired";

  private final ShardDirectory shard;
  private final RepairListener listener;

  ShardRepair(ShardDirectory shard, RepairListener listener) {
    this.shard = shard;
    this.listener = listener;
  }

  /**
   * Puts a repaired shard into its place whose repair was interrupted just before that.
   *
   * @return whether there was one
   */
  boolean finishInterrupted() {
    if (!isInterrupted()) {
      return false;
    }
    Directories.rename(beside(REPAIRED), shard.directory());
    return true;
  }

  private boolean isInterrupted() {
    return !Files.exists(shard.directory()) && Files.exists(beside(REPAIRED));
  }

  /** Reads all of it and changes nothing. */
  ShardCondition verify() {
    if (isInterrupted()) {
      ShardDirectory waiting =
          new ShardDirectory(beside(REPAIRED), shard.shard(), shard.shardCount());
      return new ShardRepair(waiting, listener)
          .verify()
          .withDamage("a repair of it was interrupted just before its end: another one ends it");
    }
    List<String> damage = new ArrayList<>();
    Acknowledged acknowledged = acknowledged(damage);
    if (!shard.hasDatabase()) {
      return withoutDatabase(acknowledged, damage);
    }
    try (Source source = openForRepair(damage)) {
      return survey(source, acknowledged).condition(damage);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.BEYOND_REPAIR) {
        throw e;
      }
      damage.add(String.valueOf(e.getMessage()));
      return ShardCondition.beyondRepair(shard.shard(), acknowledged.entry(), damage);
    }
  }

  /**
   * What a repair is going to do.
   *
   * @param condition what was found and lost, with the new epochs
   * @param built whether a shard was built that waits for its place; if not, it is whole
   */
  record Prepared(ShardCondition condition, boolean built) {}

  /**
   * Where a shard is not whole, builds one of what can be read. The damaged one stays where it is.
   *
   * @param newEpochs random
   * @throws StorageException if nothing can be read, or there is no room for it; nothing was
   *     changed then
   */
  Prepared prepare(SharedResources shared, LongSupplier newEpochs) {
    return prepare(shared, newEpochs, /* trustNothing= */ false);
  }

  /** The same, and makes all anew that follows from operations, whether it is damaged or not. */
  Prepared prepareAll(SharedResources shared, LongSupplier newEpochs) {
    return prepare(shared, newEpochs, /* trustNothing= */ true);
  }

  private Prepared prepare(SharedResources shared, LongSupplier newEpochs, boolean trustNothing) {
    // What an earlier repair may have left takes room.
    discard();
    List<String> damage = new ArrayList<>();
    Acknowledged acknowledged = acknowledged(damage);
    if (!shard.hasDatabase()) {
      ShardCondition condition = withoutDatabase(acknowledged, damage);
      if (!condition.isWhole()) {
        throw new StorageException(
            StorageException.Kind.BEYOND_REPAIR, beyondRepair("it has no database"));
      }
      return new Prepared(condition, false);
    }
    try (Source opened = openForRepair(damage)) {
      Source source = trustNothing ? new Source(opened.opened(), Trust.IN_OPERATIONS) : opened;
      ShardSurvey survey = survey(source, acknowledged);
      ShardCondition condition = survey.condition(damage);
      if (condition.isWhole() && !trustNothing) {
        return new Prepared(condition, false);
      }
      checkRoom();
      return new Prepared(withEpochs(condition, build(source, survey, shared, newEpochs)), true);
    } catch (RuntimeException e) {
      discard();
      throw e;
    }
  }

  /** Takes away what {@link #prepare} has built. */
  void discard() {
    Directories.removeAll(beside(BUILDING));
    Directories.removeAll(beside(REPAIRED));
  }

  /**
   * Puts the shard that was built into its place.
   *
   * @return where the damaged one is now
   */
  Path install() {
    Path aside = Directories.setAside(shard.directory());
    Directories.rename(beside(REPAIRED), shard.directory());
    return aside;
  }

  /** Returns the new epochs by names of swarms. */
  private Map<String, Long> build(
      Source source, ShardSurvey survey, SharedResources shared, LongSupplier newEpochs) {
    Path unfinished = beside(BUILDING);
    ShardDirectory target = new ShardDirectory(unfinished, shard.shard(), shard.shardCount());
    target.create();
    List<String> losers;
    try (RocksStore store = RocksStore.open(target.database(), KeyValueEventLog.FAMILIES, shared)) {
      losers =
          new ShardRebuilding(source.rows(), survey, store, newEpochs, listener)
              .run(shard.shard(), shard.shardCount());
      // No entry made it; opening would miss those before the last one in the write-ahead log.
      store.intoFiles();
    }
    DurableMark mark = DurableMark.open(target.mark());
    mark.durableThrough(survey.lastEntry());
    mark.close();
    Map<String, Long> epochs = startEpochs(target, shared, losers, newEpochs);
    Directories.rename(unfinished, beside(REPAIRED));
    return epochs;
  }

  private ShardCondition withoutDatabase(Acknowledged acknowledged, List<String> damage) {
    if (acknowledged.entry() > 0) {
      damage.add("there is no database");
    }
    return damage.isEmpty()
        ? new ShardCondition(shard.shard(), 0, 0, 0, damage, List.of(), true)
        : ShardCondition.beyondRepair(shard.shard(), acknowledged.entry(), damage);
  }

  /**
   * What is read.
   *
   * @param trust in what of it
   */
  private record Source(DatabaseLinks.Opened opened, Trust trust) implements AutoCloseable {

    DamagedDatabase rows() {
      return opened.database();
    }

    @Override
    public void close() {
      opened.close();
    }
  }

  private ShardSurvey survey(Source source, Acknowledged acknowledged) {
    return ShardSurvey.of(
        source.rows(),
        shard.shard(),
        shard.shardCount(),
        acknowledged.entry(),
        acknowledged.known() ? source.trust() : Trust.IN_NO_END,
        listener);
  }

  /**
   * Opens it so that as much as possible can be read.
   *
   * @param damage gets what a coordinator would refuse
   */
  private Source openForRepair(List<String> damage) {
    long strict;
    try {
      strict = lastEntry();
    } catch (StorageException e) {
      checkDamage(e);
      if (endsTorn()) {
        // A coordinator drops that, and so does who opens it blanked: nobody was told of it.
        DatabaseLinks.Opened opened = openBlanked();
        return opened.database().lacksFiles()
            ? withoutTrustInEnds(opened, damage)
            : new Source(opened, Trust.IN_ALL);
      }
      damage.add("a coordinator cannot open it: " + e.getMessage());
      return openDamaged(damage);
    }
    DatabaseLinks.Opened opened = open(Recovery.ALL_THAT_IS_WHOLE);
    if (opened.database().lacksFiles()) {
      return withoutTrustInEnds(opened, damage);
    }
    if (strict == ShardSurvey.lastEntry(opened.database())) {
      Optional<LoggedEntries.Hole> hole = hole(opened.database());
      if (hole.isEmpty()) {
        return new Source(opened, Trust.IN_ALL);
      }
      damage.add(LoggedEntries.describe(hole.get()));
      describeUnnamed(opened.database()).ifPresent(damage::add);
      return withoutTrustInEnds(opened, damage);
    }
    opened.close();
    damage.add("its write-ahead log is damaged behind entry " + strict);
    return openDamaged(damage);
  }

  /** Where what is missing in a hole may lie. */
  private static Optional<String> describeUnnamed(DamagedDatabase database) {
    List<Path> unnamed = database.unnamedFiles();
    if (unnamed.isEmpty()) {
      return Optional.empty();
    }
    Set<String> swarms = new TreeSet<>();
    unnamed.forEach(file -> swarms.addAll(DamagedDatabase.swarmsIn(file)));
    String names =
        unnamed.stream()
            .map(file -> String.valueOf(file.getFileName()))
            .collect(Collectors.joining(", "));
    return Optional.of(
        "MANIFEST does not name %s: the right one from a backup may bring back what is missing%s"
            .formatted(
                names,
                swarms.isEmpty()
                    ? ""
                    : ". Swarms that have their names there, and may be missing whole: "
                        + String.join(", ", swarms)));
  }

  private Optional<LoggedEntries.Hole> hole(DamagedDatabase database) {
    OptionalLong filed = database.lastFiledEntry();
    return filed.isPresent()
        ? LoggedEntries.of(shard.databaseBeforeOpening()).holeBehind(filed.getAsLong())
        : Optional.empty();
  }

  /** Opens what has lost whole files, or records in the middle of its write-ahead log. */
  private Source openDamaged(List<String> damage) {
    return withoutTrustInEnds(openSomehow(damage), damage);
  }

  private static Source withoutTrustInEnds(DatabaseLinks.Opened opened, List<String> damage) {
    if (opened.database().lacksFiles()) {
      damage.add(
          "whole files are lost: what was deleted or superseded by what stood in them may be back");
    }
    damage.add(
        "entries may be lost between others: what stood at the end of a log, or swarms that were created, may be"
            + " missing without a trace. After a repair all swarms of this shard begin a new epoch");
    return new Source(opened, Trust.IN_NO_END);
  }

  private DatabaseLinks.Opened openSomehow(List<String> damage) {
    try {
      return openBlanked();
    } catch (StorageException e) {
      checkDamage(e);
    }
    try {
      return open(Recovery.ALL_THAT_IS_WHOLE);
    } catch (StorageException e) {
      checkDamage(e);
    }
    try {
      return open(Recovery.UP_TO_DAMAGE);
    } catch (StorageException e) {
      checkDamage(e);
    }
    try {
      DatabaseLinks.Opened opened =
          DatabaseLinks.openWithoutLogs(
              shard.databaseBeforeOpening(), links(), KeyValueEventLog.FAMILIES);
      damage.add("its write-ahead log cannot be used at all: only what lies in files is read");
      return opened;
    } catch (StorageException e) {
      checkDamage(e);
      throw new StorageException(
          StorageException.Kind.BEYOND_REPAIR,
          beyondRepair("its MANIFEST or CURRENT cannot be read"),
          e);
    }
  }

  private String beyondRepair(String reason) {
    return "Expected to find out which files belong to %s, but %s: nothing of it can be read, though the files themselves may be whole. `swarmlog repair` cannot mend that, and nothing was changed. Restore the directory from a backup."
        .formatted(shard.databaseBeforeOpening(), reason);
  }

  private boolean endsTorn() {
    return TornWriteAheadLog.find(shard.databaseBeforeOpening(), /* severalUnflushed= */ false)
        .isPresent();
  }

  private DatabaseLinks.Opened openBlanked() {
    return DatabaseLinks.openBlanked(
        shard.databaseBeforeOpening(), links(), KeyValueEventLog.FAMILIES);
  }

  private static void checkDamage(StorageException e) {
    if (e.kind() != StorageException.Kind.DAMAGED) {
      throw e;
    }
  }

  private DatabaseLinks.Opened open(Recovery recovery) {
    return DatabaseLinks.open(
        shard.databaseBeforeOpening(), links(), KeyValueEventLog.FAMILIES, recovery);
  }

  /**
   * What {@code durable-mark} says.
   *
   * @param entry the last entry that was acknowledged; 0 if that is not known
   */
  private record Acknowledged(long entry, boolean known) {}

  private Acknowledged acknowledged(List<String> damage) {
    try {
      DurableMark mark = DurableMark.open(shard.mark());
      mark.close();
      return new Acknowledged(mark.index(), true);
    } catch (StorageException e) {
      checkDamage(e);
      damage.add(
          "durable-mark cannot be read, so how much was acknowledged is not known: the end of any log may be missing."
              + " After a repair all swarms of this shard begin a new epoch");
      return new Acknowledged(0, false);
    }
  }

  /** The last entry as a coordinator finds it. */
  private long lastEntry() {
    try (DamagedDatabase source =
        DamagedDatabase.open(
            shard.databaseBeforeOpening(), KeyValueEventLog.FAMILIES, Recovery.STRICT)) {
      return ShardSurvey.lastEntry(source);
    }
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
            .toList(),
        condition.repairable());
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

  /** In the shard's own directory, which may lie on a device of its own. */
  private Path links() {
    return shard.directory().resolve(LINKS);
  }

  private Path beside(String suffix) {
    return shard.directory().resolveSibling(shard.directory().getFileName() + suffix);
  }
}
