package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open RocksDB instance with its native objects.
 *
 * <p>Opening makes files of what lies in the write-ahead logs. Where there is no room for that, the
 * instance can only be read. See ADR 0036.
 */
final class RocksInstance implements AutoCloseable {

  private static final Logger logger = LoggerFactory.getLogger(RocksInstance.class);

  private final Path directory;
  private final RocksOptions options;
  private final RocksDB database;
  private final boolean writable;
  private final List<ColumnFamilyHandle> handles;
  private final Map<Family, ColumnFamilyHandle> byFamily = new EnumMap<>(Family.class);
  private final RemovedRows removedRows;
  private final OptionalLong lastFiledEntry;

  private RocksInstance(
      Path directory,
      RocksOptions options,
      RocksDB database,
      boolean writable,
      List<ColumnFamilyHandle> handles,
      List<Family> families,
      OptionalLong lastFiledEntry) {
    this.directory = directory;
    this.options = options;
    this.database = database;
    this.writable = writable;
    this.handles = handles;
    this.removedRows = new RemovedRows(directory, database, handles);
    this.lastFiledEntry = lastFiledEntry;
    for (int i = 0; i < families.size(); i++) {
      byFamily.put(families.get(i), handles.get(i + 1));
    }
  }

  /**
   * Opens the instance of a directory, or creates it. Where there is no room to write, it is opened
   * to be read.
   *
   * @throws StorageException if it is locked or damaged, or can neither be written nor read
   */
  static RocksInstance open(Path directory, Set<Family> families, SharedResources shared) {
    try {
      return open(directory, families, shared, /* writable= */ true);
    } catch (StorageException e) {
      WriteAheadLogs logs = new WriteAheadLogs(directory);
      if (e.kind() != StorageException.Kind.DISK_FULL || !logs.exist()) {
        throw e;
      }
      logger.debug("{} can only be read", directory, e);
      // What is read from them counts as durable, and no file is made of it.
      logs.force();
      return open(directory, families, shared, /* writable= */ false);
    }
  }

  private static RocksInstance open(
      Path directory, Set<Family> wanted, SharedResources shared, boolean writable) {
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
    Set<String> before = fileNames(directory);
    try {
      DBOptions database = options.database();
      String path = directory.toString();
      RocksDB opened =
          writable
              ? RocksDB.open(database, path, descriptors, handles)
              : RocksDB.openReadOnly(database, path, descriptors, handles);
      OptionalLong filed = FiledEntries.last(opened, directory, before::contains);
      if (writable) {
        opened.enableAutoCompaction(List.of(handles.get(1 + families.indexOf(Family.META))));
      }
      return new RocksInstance(directory, options, opened, writable, handles, families, filed);
    } catch (RocksDBException e) {
      options.close();
      throw Failures.ofOpen(directory, e);
    }
  }

  private static Set<String> fileNames(Path directory) {
    if (!Files.exists(directory)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).collect(Collectors.toSet());
    } catch (IOException e) {
      throw FileFailures.of(directory, "reading", e);
    }
  }

  /**
   * The last entry that lay in files when it was opened, and not in a write-ahead log; empty if
   * that cannot be read.
   */
  OptionalLong lastFiledEntry() {
    return lastFiledEntry;
  }

  RocksDB database() {
    return database;
  }

  /** Whether there was room to open it for writing. */
  boolean writable() {
    return writable;
  }

  RemovedRows removedRows() {
    return removedRows;
  }

  ColumnFamilyHandle handle(Family family) {
    ColumnFamilyHandle handle = byFamily.get(family);
    if (handle == null) {
      throw new IllegalArgumentException(
          "Expected one of " + byFamily.keySet() + ", but got " + family);
    }
    return handle;
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
      options.close();
    }
  }
}
