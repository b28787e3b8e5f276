package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.kv.Family;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;

/**
 * Makes the database of a directory that has none: whole under another name, then under its own,
 * durably. So a process that is killed in between, or a loss of power, leaves none, and never one
 * that RocksDB would refuse as damaged because its first write-ahead log is not there yet.
 */
final class NewDatabase {

  private static final String SUFFIX = ".new";

  private NewDatabase() {}

  /**
   * Makes it where there is none.
   *
   * @param directory it is to lie in, under {@code name}
   * @throws dev.swarmlog.storage.StorageException if it cannot be written
   */
  static void makeIfMissing(
      Path directory, String name, Set<Family> families, SharedResources shared) {
    Path database = directory.resolve(name);
    if (Files.exists(database)) {
      return;
    }
    Path unfinished = directory.resolve(name + SUFFIX);
    Directories.removeAll(unfinished);
    RocksStore.open(unfinished, families, shared).close();
    try {
      Directories.force(unfinished);
      Files.move(unfinished, database, StandardCopyOption.ATOMIC_MOVE);
      Directories.force(directory);
    } catch (IOException e) {
      throw FileFailures.of(database, "creating", e);
    }
  }
}
