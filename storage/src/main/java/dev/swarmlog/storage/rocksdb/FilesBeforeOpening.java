package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hard links to the files of a database as they were before it was opened.
 *
 * <p>RocksDB makes files of what it can read from a write-ahead log, and removes the log, and files
 * that its manifest does not name. Where that turns out to be less than was acknowledged, the
 * database is put back as it was: the next start finds the same, and a repair all there is. The
 * links cost no space and are dropped as soon as the shard is found to be whole.
 */
final class FilesBeforeOpening {

  private static final Logger LOG = LoggerFactory.getLogger(FilesBeforeOpening.class);

  static final String DATABASE_NAME = "rocksdb";
  private static final String LINKS_NAME = "before-opening";

  private final Path database;
  private final Path links;

  /** Links of which not all are made yet, or of which some may be removed: of no use. */
  private final Path unfinished;

  /** What an opening has made of the database that is taken back. */
  private final Path opened;

  private FilesBeforeOpening(Path directory) {
    database = directory.resolve(DATABASE_NAME);
    links = directory.resolve(LINKS_NAME);
    unfinished = links.resolveSibling(links.getFileName() + ".tmp");
    opened = database.resolveSibling(database.getFileName() + ".opened");
  }

  /** The database of a directory as the next opening finds it. */
  static Path databaseIn(Path directory) {
    Path links = directory.resolve(LINKS_NAME);
    return Files.exists(links) ? links : directory.resolve(DATABASE_NAME);
  }

  /**
   * Links all files of the database of a directory, which is made where there is none. Where an
   * earlier opening did not come to its end, what it did is taken back first: nothing was
   * acknowledged since.
   */
  static FilesBeforeOpening keep(Path directory, Set<Family> families, SharedResources shared) {
    FilesBeforeOpening kept = new FilesBeforeOpening(directory);
    kept.putBack();
    Directories.removeAll(kept.opened);
    Directories.removeAll(kept.unfinished);
    NewDatabase.makeIfMissing(directory, DATABASE_NAME, families, shared);
    kept.link();
    return kept;
  }

  /**
   * Opens the database. If that fails, it is as it was before.
   *
   * @param opening ends with the database open, or fails with it closed
   */
  <T> T during(Supplier<T> opening) {
    try {
      T opened = opening.get();
      drop();
      return opened;
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.LOCKED) {
        // Somebody else has the files open.
        drop();
      } else {
        putBack();
      }
      throw e;
    }
  }

  private void link() {
    try {
      Directories.linkFiles(database, unfinished);
      Directories.force(unfinished);
      Files.move(unfinished, links, StandardCopyOption.ATOMIC_MOVE);
      Directories.force(links.resolveSibling("."));
    } catch (UnsupportedOperationException | FileSystemException e) {
      // Not every file system has hard links. Opening is safe without; only repair is harder.
      LOG.warn("Opening {} without links to its files: {}", database, e.getMessage());
      Directories.removeAll(unfinished);
    } catch (IOException e) {
      throw FileFailures.of(links, "writing", e);
    }
  }

  /** Whether there are links. */
  boolean exist() {
    return Files.exists(links);
  }

  /** Has the database be again as it was, if there are links. Nobody has it open. */
  private void putBack() {
    if (!exist()) {
      return;
    }
    Directories.removeAll(opened);
    if (Files.exists(database)) {
      Directories.rename(database, opened);
    }
    Directories.rename(links, database);
    Directories.removeAll(opened);
  }

  /**
   * Removes them: the shard is whole. Durably, and all at once: what is acknowledged from here on
   * would be taken back with them, and some of them are no database.
   */
  private void drop() {
    if (exist()) {
      Directories.removeAll(unfinished);
      Directories.rename(links, unfinished);
      Directories.removeAll(unfinished);
    }
  }
}
