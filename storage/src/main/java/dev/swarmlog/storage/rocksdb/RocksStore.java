package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows in one RocksDB instance, a column family for each family.
 *
 * <p>After a write that found no room RocksDB takes no more, and nothing in Java makes it: the
 * instance is closed and opened again, which is what a killed process would do.
 */
final class RocksStore implements KeyValueStore {

  private static final Logger logger = LoggerFactory.getLogger(RocksStore.class);

  private final Path directory;
  private final Set<Family> families;
  private final SharedResources shared;
  private final WriteOptions writeOptions = new WriteOptions();

  /** IDs of families in RocksDB, by ordinal; they never change. */
  private final int[] familyIds;

  /** Null after an opening that failed. Changed while nobody else is inside. */
  private volatile @Nullable RocksInstance instance;

  private RocksStore(
      Path directory, Set<Family> families, SharedResources shared, RocksInstance instance) {
    this.directory = directory;
    this.families = families;
    this.shared = shared;
    this.instance = instance;
    this.familyIds = new int[Family.values().length];
    for (Family family : families) {
      familyIds[family.ordinal()] = instance.handle(family).getID();
    }
  }

  /**
   * Opens the instance of a directory, or creates it.
   *
   * @throws StorageException if it is locked, damaged or can neither be written nor read
   */
  static RocksStore open(Path directory, Set<Family> wanted, SharedResources shared) {
    return new RocksStore(directory, wanted, shared, RocksInstance.open(directory, wanted, shared));
  }

  /** As {@link RocksInstance#lastFiledEntry()} of the instance that is open. */
  OptionalLong lastFiledEntry() {
    return instance().lastFiledEntry();
  }

  /** Makes files of all that was written; returns when they are there. */
  void intoFiles() {
    try (FlushOptions flush = new FlushOptions()) {
      database().flush(flush, families.stream().map(this::handle).toList());
    } catch (RocksDBException e) {
      throw Failures.of(directory, "writing", e);
    }
  }

  @Override
  public long writeOutBuffers(long roomBytes) {
    // Buffers are somewhat smaller than the files where nothing can be compressed.
    long neededBytes = figures().memtableBytes() * 5 / 4;
    if (neededBytes > roomBytes || !instance().writable()) {
      return 0;
    }
    instance().removedRows().flush();
    return neededBytes;
  }

  @Override
  public void reopen() {
    // Until then there is no point in closing an instance that can be read.
    if (!new WriteAheadLogs(directory).haveRoomToBecomeFiles()) {
      throw full();
    }
    RocksInstance before = instance;
    instance = null;
    if (before != null) {
      closeAfterFailure(before);
    }
    RocksInstance opened = RocksInstance.open(directory, families, shared);
    instance = opened;
    if (!opened.writable()) {
      throw full();
    }
  }

  /** Nothing is lost by closing: what was written is in the write-ahead logs, or was refused. */
  private void closeAfterFailure(RocksInstance before) {
    try {
      before.close();
    } catch (StorageException e) {
      logger.debug("{} did not close cleanly after a write that failed", directory, e);
    }
  }

  private StorageException full() {
    return new StorageException(
        StorageException.Kind.DISK_FULL,
        "Expected free space for writing in "
            + directory
            + ", but the device is full. Free some space.");
  }

  private RocksInstance instance() {
    RocksInstance open = instance;
    if (open == null) {
      throw full();
    }
    return open;
  }

  private RocksDB database() {
    return instance().database();
  }

  @Override
  public byte @Nullable [] get(Family family, byte[] key) {
    try {
      return database().get(handle(family), key);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading", e);
    }
  }

  @Override
  public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) {
    if (keys.isEmpty()) {
      // The binding asserts that there is one.
      return List.of();
    }
    try {
      List<ColumnFamilyHandle> of = Collections.nCopies(keys.size(), handle(family));
      return database().multiGetAsList(of, keys);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading", e);
    }
  }

  @Override
  public RowCursor scan(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return cursor(family, fromInclusive, toExclusive, RocksCursor.Walk.UPWARDS);
  }

  @Override
  public RowCursor scanOnce(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return cursor(family, fromInclusive, toExclusive, RocksCursor.Walk.UPWARDS_ONCE);
  }

  @Override
  public RowCursor scanDescending(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return cursor(family, fromInclusive, toExclusive, RocksCursor.Walk.DOWNWARDS);
  }

  private RocksCursor cursor(
      Family family, byte[] fromInclusive, byte[] toExclusive, RocksCursor.Walk walk) {
    return new RocksCursor(
        directory,
        database(),
        handle(family),
        instance().removedRows(),
        fromInclusive,
        toExclusive,
        walk);
  }

  @Override
  public WriteSet newWriteSet() {
    return new RocksWriteSet(familyIds);
  }

  @Override
  public void write(WriteSet changes) {
    RocksWriteSet set = (RocksWriteSet) changes;
    if (set.isEmpty()) {
      return;
    }
    if (!instance().writable()) {
      throw full();
    }
    try (WriteBatch batch = new WriteBatch(set.encoded())) {
      database().write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "writing", e);
    }
  }

  @Override
  public void sync() {
    try {
      database().syncWal();
    } catch (RocksDBException e) {
      throw Failures.ofSync(directory, e);
    }
  }

  @Override
  public void dropRange(Family family, byte[] fromInclusive, byte[] toExclusive) {
    if (!instance().writable()) {
      throw full();
    }
    try {
      database()
          .deleteFilesInRanges(
              handle(family), List.of(fromInclusive, toExclusive), /* includeEnd= */ false);
      database().deleteRange(handle(family), writeOptions, fromInclusive, toExclusive);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "dropping a range", e);
    }
  }

  @Override
  public StoreFigures figures() {
    RocksDB database = database();
    try {
      return new StoreFigures(
          database.getAggregatedLongProperty("rocksdb.live-sst-files-size"),
          database.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables"),
          database.getLongProperty("rocksdb.block-cache-usage"),
          database.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes"),
          database.getLongProperty("rocksdb.is-write-stopped") != 0,
          database.getLongProperty("rocksdb.background-errors"));
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading figures", e);
    }
  }

  /** How many removals of rows lie in the write buffer of a family. */
  long removedInBuffer(Family family) {
    try {
      return instance().removedRows().inBuffer(handle(family));
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading", e);
    }
  }

  @Override
  public void close() {
    RocksInstance open = instance;
    instance = null;
    try {
      if (open != null) {
        open.close();
      }
    } finally {
      writeOptions.close();
    }
  }

  private ColumnFamilyHandle handle(Family family) {
    return instance().handle(family);
  }
}
