package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * How much of a data directory each family of rows takes up, for measurements. Nobody may have the
 * directory open for writing. Changes nothing in it.
 */
public final class FamilySizes {

  private static final String TABLES = "rocksdb.live-sst-files-size";
  private static final String BLOBS = "rocksdb.live-blob-file-size";

  private FamilySizes() {}

  /**
   * Bytes of the files of each family, all shards and telemetry together; what lies in a
   * write-ahead log is not counted.
   *
   * @throws StorageException if it cannot be read
   */
  public static Map<String, Long> of(Path dataDirectory) {
    RocksDB.loadLibrary();
    Map<String, Long> sizes = new TreeMap<>();
    for (Path database : databases(dataDirectory)) {
      try {
        add(database, sizes);
      } catch (RocksDBException e) {
        throw Failures.of(database, "reading", e);
      }
    }
    return sizes;
  }

  private static List<Path> databases(Path dataDirectory) {
    try (Stream<Path> parts = Files.list(dataDirectory)) {
      return parts
          .map(part -> part.resolve("rocksdb"))
          .filter(Files::isDirectory)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw FileFailures.of(dataDirectory, "reading", e);
    }
  }

  private static void add(Path directory, Map<String, Long> sizes) throws RocksDBException {
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (Options options = new Options();
        DBOptions database = RocksOptions.readingOptions();
        ColumnFamilyOptions family = new ColumnFamilyOptions()) {
      List<ColumnFamilyDescriptor> descriptors =
          RocksDB.listColumnFamilies(options, directory.toString()).stream()
              .map(name -> new ColumnFamilyDescriptor(name, family))
              .toList();
      try (RocksDB opened =
          RocksDB.openReadOnly(database, directory.toString(), descriptors, handles)) {
        for (ColumnFamilyHandle handle : handles) {
          long bytes =
              opened.getLongProperty(handle, TABLES) + opened.getLongProperty(handle, BLOBS);
          sizes.merge(new String(handle.getName(), StandardCharsets.UTF_8), bytes, Long::sum);
        }
        handles.forEach(ColumnFamilyHandle::close);
      }
    }
    // What every database has, and nobody uses.
    sizes.remove("default");
  }
}
