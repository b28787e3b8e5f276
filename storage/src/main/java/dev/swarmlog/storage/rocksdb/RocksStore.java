package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** Rows in one RocksDB instance, a column family for each family. */
final class RocksStore implements KeyValueStore {

  private final Path directory;
  private final RocksOptions options;
  private final RocksDB database;
  private final List<ColumnFamilyHandle> handles;
  private final Map<Family, ColumnFamilyHandle> byFamily;
  private final int[] familyIds;
  private final WriteOptions writeOptions = new WriteOptions();
  private final RemovedRows removedRows;

  private RocksStore(
      Path directory,
      RocksOptions options,
      RocksDB database,
      List<ColumnFamilyHandle> handles,
      List<Family> families) {
    this.directory = directory;
    this.options = options;
    this.database = database;
    this.handles = handles;
    this.removedRows = new RemovedRows(directory, database, handles);
    this.byFamily = new EnumMap<>(Family.class);
    this.familyIds = new int[Family.values().length];
    for (int i = 0; i < families.size(); i++) {
      ColumnFamilyHandle handle = handles.get(i + 1);
      byFamily.put(families.get(i), handle);
      familyIds[families.get(i).ordinal()] = handle.getID();
    }
  }

  /**
   * Opens the instance of a directory, or creates it.
   *
   * @throws dev.swarmlog.storage.StorageException if it is locked, damaged or cannot be written
   */
  static RocksStore open(Path directory, Set<Family> wanted, SharedResources shared) {
    RocksOptions options = new RocksOptions(shared);
    List<Family> families = List.copyOf(wanted);
    List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
    descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY));
    for (Family family : families) {
      descriptors.add(
          new ColumnFamilyDescriptor(
              family.label().getBytes(StandardCharsets.UTF_8), options.family(family)));
    }
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try {
      RocksDB database =
          RocksDB.open(options.database(), directory.toString(), descriptors, handles);
      return new RocksStore(directory, options, database, handles, families);
    } catch (RocksDBException e) {
      options.close();
      throw Failures.ofOpen(directory, e);
    }
  }

  @Override
  public byte @Nullable [] get(Family family, byte[] key) {
    try {
      return database.get(handle(family), key);
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
      List<ColumnFamilyHandle> of = new ArrayList<>(keys.size());
      for (int i = 0; i < keys.size(); i++) {
        of.add(handle(family));
      }
      return database.multiGetAsList(of, keys);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading", e);
    }
  }

  @Override
  public RowCursor scan(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return cursor(family, fromInclusive, toExclusive, /* descending= */ false);
  }

  @Override
  public RowCursor scanDescending(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return cursor(family, fromInclusive, toExclusive, /* descending= */ true);
  }

  private RocksCursor cursor(
      Family family, byte[] fromInclusive, byte[] toExclusive, boolean descending) {
    return new RocksCursor(
        directory, database, handle(family), removedRows, fromInclusive, toExclusive, descending);
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
    try (WriteBatch batch = new WriteBatch(set.encoded())) {
      database.write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "writing", e);
    }
  }

  @Override
  public void sync() {
    try {
      database.syncWal();
    } catch (RocksDBException e) {
      throw Failures.of(directory, "flushing to the device", e);
    }
  }

  @Override
  public void dropRange(Family family, byte[] fromInclusive, byte[] toExclusive) {
    try {
      database.deleteFilesInRanges(
          handle(family), List.of(fromInclusive, toExclusive), /* includeEnd= */ false);
      database.deleteRange(handle(family), writeOptions, fromInclusive, toExclusive);
    } catch (RocksDBException e) {
      throw Failures.of(directory, "dropping a range", e);
    }
  }

  @Override
  public StoreFigures figures() {
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
      return removedRows.inBuffer(handle(family));
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading", e);
    }
  }

  @Override
  public void close() {
    handles.forEach(ColumnFamilyHandle::close);
    try {
      database.closeE();
    } catch (RocksDBException e) {
      throw Failures.of(directory, "closing", e);
    } finally {
      database.close();
      removedRows.close();
      writeOptions.close();
      options.close();
    }
  }

  private ColumnFamilyHandle handle(Family family) {
    ColumnFamilyHandle handle = byFamily.get(family);
    if (handle == null) {
      throw new IllegalArgumentException(
          "Expected one of " + byFamily.keySet() + ", but got " + family);
    }
    return handle;
  }
}
