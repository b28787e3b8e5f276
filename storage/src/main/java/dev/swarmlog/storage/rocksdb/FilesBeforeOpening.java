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
 * <p>RocksDB removes a write-ahead log once it has read from it what it could, and files that its
 * manifest does not name. Where that turns out to be less than was acknowledged, these links are
 * what is left to repair from. They cost no space and are dropped as soon as the shard is found to
 * be whole.
 */
final class FilesBeforeOpening {

  private static final Logger LOG = LoggerFactory.getLogger(FilesBeforeOpening.class);

  private final Path links;

  /** Whether this opening made them, and not an earlier one. */
  private boolean ours;

  private FilesBeforeOpening(Path links) {
    this.links = links;
  }

  /**
   * Links all files, unless an earlier opening that did not end well has left links: those are the
   * older ones.
   */
  static FilesBeforeOpening keep(Path database, Path links) {
    FilesBeforeOpening kept = new FilesBeforeOpening(links);
    if (Files.exists(links) || !Files.exists(database)) {
      return kept;
    }
    Path unfinished = links.resolveSibling(links.getFileName() + ".tmp");
    try {
      Directories.removeAll(unfinished);
      Directories.linkFiles(database, unfinished);
      Files.move(unfinished, links, StandardCopyOption.ATOMIC_MOVE);
      kept.ours = true;
    } catch (UnsupportedOperationException | FileSystemException e) {
      // Not every file system has hard links. Opening is safe without; only repair is harder.
      LOG.warn("Opening {} without links to its files: {}", database, e.getMessage());
    } catch (IOException e) {
      throw FileFailures.of(links, "writing", e);
    }
    return kept;
  }

  /** Where they are. */
  Path directory() {
    return links;
  }

  boolean exist() {
    return Files.exists(links);
  }

  /** Removes them if this opening made them: it failed without having changed anything. */
  void undo() {
    if (ours) {
      drop();
    }
  }

  /** Removes them: the shard is whole. */
  void drop() {
    Directories.removeAll(links);
  }
}
