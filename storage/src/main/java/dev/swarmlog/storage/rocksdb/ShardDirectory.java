package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.StoreLayers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one shard: {@code durable-mark}, {@code rocksdb/}, and {@code before-opening/}
 * while it is opened or after it was found to be damaged.
 *
 * @param shard its number, from 0
 */
record ShardDirectory(Path directory, int shard, int shardCount) {

  private static final Logger LOG = LoggerFactory.getLogger(ShardDirectory.class);

  private static final String MARK_NAME = "durable-mark";
  private static final String DATABASE_NAME = "rocksdb";
  private static final String BEFORE_OPENING_NAME = "before-opening";

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
    return Files.exists(database());
  }

  /**
   * Opens the shard, and checks that all is there that was acknowledged.
   *
   * @throws StorageException if it is not, or cannot be read
   */
  EventLog open(SharedResources shared, StoreLayers layers) {
    DurableMark mark = DurableMark.open(mark());
    try {
      if (mark.index() > 0 && !Files.exists(database().resolve("CURRENT"))) {
        throw new StorageException(
            StorageException.Kind.DAMAGED,
            "Expected a database with entries up to "
                + mark.index()
                + " in "
                + database()
                + ", but there is none. Restore the directory from a backup.");
      }
      NewDatabase.makeIfMissing(directory, DATABASE_NAME, KeyValueEventLog.FAMILIES, shared);
      return open(mark, shared, layers);
    } catch (RuntimeException e) {
      mark.close();
      throw e;
    }
  }

  private EventLog open(DurableMark mark, SharedResources shared, StoreLayers layers) {
    OpeningTimes times = new OpeningTimes();
    FilesBeforeOpening before =
        FilesBeforeOpening.keep(database(), directory.resolve(BEFORE_OPENING_NAME));
    times.linked();
    try {
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
        times.checked();
        before.drop();
        times.unlinked();
        LOG.info("Opened shard {} at entry {} in {}", shard, log.appliedIndex(), times);
        return layers.over(log);
      } catch (RuntimeException e) {
        store.close();
        throw e;
      }
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.DAMAGED && before.exist()) {
        throw new StorageException(
            e.kind(),
            e.getMessage() + " The files as they were are kept in " + before.directory() + ".",
            e);
      }
      before.undo();
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

  /** What opening it will read. */
  WriteAheadLogs logs() {
    return new WriteAheadLogs(database());
  }

  /**
   * The database as it was before it was opened last: what RocksDB left of it, where that opening
   * did not end well.
   */
  Path databaseBeforeOpening() {
    Path before = directory.resolve(BEFORE_OPENING_NAME);
    return Files.exists(before) ? before : database();
  }

  Path mark() {
    return directory.resolve(MARK_NAME);
  }

  Path database() {
    return directory.resolve(DATABASE_NAME);
  }
}
