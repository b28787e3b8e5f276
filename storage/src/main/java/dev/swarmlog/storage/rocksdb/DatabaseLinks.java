package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder of hard links to the files of a damaged database, in which files that are missing or of
 * which nothing can be read have others without rows in their place, or write-ahead logs are copies
 * without their damaged records: so the rest can be opened.
 */
final class DatabaseLinks implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DatabaseLinks.class);
  private static final int MAX_REPLACED_FILES = 1_000;
  private static final Pattern MISSING_LOG = Pattern.compile("Missing WAL with log number: (\\d+)");
  private static final Pattern SHORT_LOG =
      Pattern.compile("Size mismatch: WAL \\(log number: (\\d+)\\) in MANIFEST is (\\d+) bytes");
  private static final Pattern FILE = Pattern.compile("(\\d{6,}\\.(?:sst|blob))");

  private final Path links;

  /** Whether its write-ahead logs are copies, and not those of the database itself. */
  private boolean copiesLogs;

  /** Files that were missing. */
  private final Set<String> added = new HashSet<>();

  /** Files of rows that have another one without rows in their place: why, by name. */
  private final Map<String, String> replaced = new TreeMap<>();

  private DatabaseLinks(Path links) {
    this.links = links;
  }

  /**
   * Opens a database of which all files can be read, or links to it.
   *
   * @param links where to make them if needed; replaced if it is there
   * @throws StorageException if it cannot be opened with others in the place of files that are
   *     missing either
   */
  static Opened open(
      Path database, Path links, Set<Family> families, DamagedDatabase.Recovery how) {
    try {
      DamagedDatabase opened = DamagedDatabase.open(database, families, how);
      if (opened.unreadableFiles().isEmpty()) {
        return new Opened(opened, null);
      }
      opened.close();
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED || missingFile(e).isEmpty()) {
        throw e;
      }
    }
    return linking(database, links).openReplacing(() -> {}, families, how);
  }

  /**
   * Opens links to a database with copies of its write-ahead logs of which damaged records are made
   * empty ones.
   *
   * @throws StorageException if it cannot be opened in this way either
   */
  static Opened openBlanked(Path database, Path links, Set<Family> families) {
    DatabaseLinks folder = linking(database, links);
    return folder.openReplacing(
        folder::blankLogs, families, DamagedDatabase.Recovery.ALL_THAT_IS_WHOLE);
  }

  /**
   * Opens links to a database without what its write-ahead logs hold.
   *
   * @throws StorageException if it cannot be opened in this way either
   */
  static Opened openWithoutLogs(Path database, Path links, Set<Family> families) {
    DatabaseLinks folder = linking(database, links);
    return folder.openReplacing(
        folder::emptyLogs, families, DamagedDatabase.Recovery.ALL_THAT_IS_WHOLE);
  }

  private void emptyLogs() {
    copiesLogs = true;
    try {
      for (Path link : new WriteAheadLogs(links).byNumber()) {
        Files.delete(link);
        Files.createFile(link);
      }
    } catch (IOException e) {
      throw FileFailures.of(links, "replacing write-ahead logs in", e);
    }
  }

  private void blankLogs() {
    copiesLogs = true;
    try (Stream<Path> files = Files.list(links)) {
      for (Path link : files.filter(file -> file.toString().endsWith(".log")).toList()) {
        Path copy = links.resolve(link.getFileName() + ".copy");
        Files.copy(link, copy);
        int blanked = BlankedLog.blank(copy);
        if (blanked > 0) {
          LOG.info("{}: {} fragments of records are not whole and are left out", link, blanked);
        }
        Files.move(copy, link, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw FileFailures.of(links, "copying write-ahead logs to", e);
    }
  }

  /** A database, and the links it was opened by, if any. Closes both. */
  record Opened(DamagedDatabase database, @Nullable DatabaseLinks by) implements AutoCloseable {
    @Override
    public void close() {
      database.close();
      if (by != null) {
        by.close();
      }
    }
  }

  private static DatabaseLinks linking(Path database, Path links) {
    Directories.removeAll(links);
    try {
      Directories.linkFiles(database, links);
    } catch (IOException e) {
      throw FileFailures.of(links, "linking files to", e);
    }
    return new DatabaseLinks(links);
  }

  private Opened openReplacing(
      Runnable before, Set<Family> families, DamagedDatabase.Recovery how) {
    try {
      before.run();
      for (int i = 0; i <= MAX_REPLACED_FILES; i++) {
        try {
          DamagedDatabase opened = DamagedDatabase.open(links, families, how, replaced);
          List<DamagedDatabase.UnreadableFile> unreadable = opened.unreadableFiles();
          if (unreadable.isEmpty()) {
            return new Opened(opened, this);
          }
          opened.close();
          unreadable.forEach(this::replace);
        } catch (StorageException e) {
          if (!fill(e)) {
            throw e;
          }
        }
      }
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected at most %d files of %s to be damaged, but there are more. Restore the directory from a backup."
              .formatted(MAX_REPLACED_FILES, links));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Puts something into the place of what is missing; returns whether that was possible. */
  private boolean fill(StorageException e) {
    String missing = missingFile(e);
    if (!missing.isEmpty()) {
      return addEmpty(missing);
    }
    if (!copiesLogs) {
      return false;
    }
    String message = String.valueOf(e.getMessage());
    Matcher log = MISSING_LOG.matcher(message);
    if (log.find()) {
      return addEmpty(logName(log.group(1)));
    }
    Matcher shortLog = SHORT_LOG.matcher(message);
    return shortLog.find()
        && lengthen(logName(shortLog.group(1)), Long.parseLong(shortLog.group(2)));
  }

  /** Puts a file without rows into the place of one. */
  private void replace(DamagedDatabase.UnreadableFile file) {
    String name = file.name();
    FileWithoutRows.write(links.resolve(name), file.bytes());
    replaced.put(name, added.contains(name) ? "file " + name + " is missing" : file.detail());
  }

  private static String logName(String number) {
    return "%06d.log".formatted(Long.parseLong(number));
  }

  /** Fills a copy of a write-ahead log up with records that say nothing. */
  private boolean lengthen(String log, long bytes) {
    Path copy = links.resolve(log);
    try {
      if (Files.size(copy) >= bytes) {
        return false;
      }
      try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(new byte[1]), bytes - 1);
      }
      BlankedLog.blank(copy);
      return true;
    } catch (IOException e) {
      throw FileFailures.of(links, "writing to", e);
    }
  }

  private static String missingFile(StorageException e) {
    String message = String.valueOf(e.getMessage());
    Matcher file = FILE.matcher(message);
    return message.contains("No such file") && file.find() ? file.group(1) : "";
  }

  /** Returns whether it was missing. */
  private boolean addEmpty(String name) {
    try {
      if (Files.exists(links.resolve(name))) {
        return false;
      }
      Files.createFile(links.resolve(name));
      added.add(name);
      return true;
    } catch (IOException e) {
      throw FileFailures.of(links, "writing to", e);
    }
  }

  @Override
  public void close() {
    Directories.removeAll(links);
  }
}
