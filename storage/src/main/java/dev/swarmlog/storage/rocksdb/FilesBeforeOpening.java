package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

  private final Path database;
  private final Path links;

  /** Links of which not all are made yet, or of which some may be removed: of no use. */
  private final Path unfinished;

  /** What an opening has made of the database that is taken back. */
  private final Path opened;

  private FilesBeforeOpening(Path database, Path links) {
    this.database = database;
    this.links = links;
    unfinished = links.resolveSibling(links.getFileName() + ".tmp");
    opened = database.resolveSibling(database.getFileName() + ".opened");
  }

  /**
   * Links all files. Where an earlier opening did not come to its end, what it did is taken back
   * first: nothing was acknowledged since.
   */
  static FilesBeforeOpening keep(Path database, Path links) {
    FilesBeforeOpening kept = new FilesBeforeOpening(database, links);
    kept.putBack();
    Directories.removeAll(kept.opened);
    Directories.removeAll(kept.unfinished);
    if (Files.exists(database)) {
      kept.link();
    }
    return kept;
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
  void putBack() {
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
  void drop() {
    if (exist()) {
      Directories.removeAll(unfinished);
      Directories.rename(links, unfinished);
      Directories.removeAll(unfinished);
    }
  }
}
