package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.rocksdb.DamagedDatabase.Recovery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one shard: {@code durable-mark}, {@code rocksdb/}, and {@code before-opening/}
 * while it is opened.
 *
 * @param shard its number, from 0
 */
record ShardDirectory(Path directory, int shard, int shardCount) {

  private static final Logger LOG = LoggerFactory.getLogger(ShardDirectory.class);

  private static final String MARK_NAME = "durable-mark";

  /**
   * Creates it with a mark at 0, durably; its database comes with the first {@link #open}. Nothing
   * was acknowledged from it yet, so what an interrupted creation left is written anew.
   */
  void create() {
    try {
      Files.createDirectories(directory);
      DurableMark.create(mark());
      Directories.force(directory);
    } catch (IOException e) {
      throw FileFailures.of(directory, "creating", e);
    }
  }

  /** Whether there is a database in it. */
  boolean hasDatabase() {
    return Files.exists(databaseBeforeOpening());
  }

  /**
   * Opens the shard, and checks that all is there that was acknowledged.
   *
   * @throws StorageException if it is not, or cannot be read; its files are as they were then
   */
  EventLog open(SharedResources shared, StoreLayers layers) {
    DurableMark mark = DurableMark.open(mark());
    try {
      if (mark.index() > 0 && !Files.exists(databaseBeforeOpening().resolve("CURRENT"))) {
        throw new StorageException(
            StorageException.Kind.DAMAGED,
            "Expected a database with entries up to "
                + mark.index()
                + " in "
                + database()
                + ", but there is none. Restore the directory from a backup.");
      }
      return open(mark, shared, layers);
    } catch (RuntimeException e) {
      mark.close();
      throw e;
    }
  }

  private EventLog open(DurableMark mark, SharedResources shared, StoreLayers layers) {
    OpeningTimes times = new OpeningTimes();
    FilesBeforeOpening before =
        FilesBeforeOpening.keep(directory, KeyValueEventLog.FAMILIES, shared);
    times.linked();
    EventLog log =
        before.during(
            () -> {
              LoggedEntries logged = LoggedEntries.of(database());
              if (!before.exist()) {
                checkHole(logged, filedEntriesUnchanged());
              }
              times.readLogs();
              return open(mark, shared, layers, logged, times);
            });
    times.unlinked();
    LOG.info("Opened shard {} at entry {} in {}", shard, log.appliedIndex(), times);
    return log;
  }

  private EventLog open(
      DurableMark mark,
      SharedResources shared,
      StoreLayers layers,
      LoggedEntries logged,
      OpeningTimes times) {
    // A shard's writer flushes each entry before the next one.
    RocksStore store =
        TornWriteAheadLog.open(
            database(), KeyValueEventLog.FAMILIES, shared, /* severalUnflushed= */ false);
    times.opened();
    try {
      KeyValueEventLog log =
          new KeyValueEventLog(layers.over(store), shard, shardCount, layers.over(mark));
      times.loaded();
      check(log, mark.index());
      checkHole(logged, store.lastFiledEntry());
      times.checked();
      return layers.over(log);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void check(KeyValueEventLog log, long acknowledgedIndex) {
    if (log.appliedIndex() < acknowledgedIndex) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected entries up to "
              + acknowledgedIndex
              + " in "
              + directory
              + ", for they were acknowledged, but the database ends with entry "
              + log.appliedIndex()
              + ": "
              + (acknowledgedIndex - log.appliedIndex())
              + " entries are lost. Check the device, and restore the directory from a backup.");
    }
    log.verifyHeads();
  }

  /** What the files hold, by an opening that changes nothing; there is no way back from another. */
  private OptionalLong filedEntriesUnchanged() {
    try (DamagedDatabase database =
        DamagedDatabase.open(database(), KeyValueEventLog.FAMILIES, Recovery.STRICT)) {
      return database.lastFiledEntry();
    } catch (StorageException e) {
      // What is wrong with it is told by who opens it next.
      return OptionalLong.empty();
    }
  }

  private void checkHole(LoggedEntries logged, OptionalLong filed) {
    Optional<LoggedEntries.Hole> hole =
        filed.isPresent() ? logged.holeBehind(filed.getAsLong()) : Optional.empty();
    if (hole.isPresent()) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected all entries in %s, but %s. Restore the directory from a backup, or see what `swarmlog verify` says of it."
              .formatted(directory, LoggedEntries.describe(hole.get())));
    }
  }

  /** What opening it will read. */
  WriteAheadLogs logs() {
    return new WriteAheadLogs(databaseBeforeOpening());
  }

  /** The database as the next {@link #open} finds it. */
  Path databaseBeforeOpening() {
    return FilesBeforeOpening.databaseIn(directory);
  }

  Path mark() {
    return directory.resolve(MARK_NAME);
  }

  Path database() {
    return directory.resolve(FilesBeforeOpening.DATABASE_NAME);
  }
}
