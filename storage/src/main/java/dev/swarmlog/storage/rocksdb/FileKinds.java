package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whether what is to be read in a data directory is files and folders, and may be read: opening a
 * pipe would wait for ever, and what RocksDB says of a folder in the place of a file helps nobody.
 */
final class FileKinds {

  private static final Pattern FOLDERS = Pattern.compile("shard-\\d{4}|telemetry");
  private static final Pattern FILES = Pattern.compile("FORMAT|LOCK|reserve");
  private static final Pattern DATABASES = Pattern.compile("rocksdb|before-opening");

  private FileKinds() {}

  /**
   * Looks at a data directory; of what is not ours, at nothing.
   *
   * @throws StorageException if something is of another kind, or may not be read
   */
  static void check(Path directory) {
    for (Path entry : list(directory)) {
      String name = String.valueOf(entry.getFileName());
      if (FILES.matcher(name).matches()) {
        checkFile(entry);
      } else if (FOLDERS.matcher(name).matches()) {
        checkFolder(entry);
        for (Path part : list(entry)) {
          checkPart(part);
        }
      }
    }
  }

  private static void checkPart(Path part) {
    if (DATABASES.matcher(String.valueOf(part.getFileName())).matches()) {
      checkFolder(part);
      for (Path file : list(part)) {
        if (!Files.isDirectory(file) || isOfRocksDb(file)) {
          checkFile(file);
        }
      }
    } else if (part.endsWith("durable-mark")) {
      checkFile(part);
    }
  }

  /** RocksDB has no folders where it has these. */
  private static boolean isOfRocksDb(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.equals("CURRENT")
        || name.startsWith("MANIFEST-")
        || name.endsWith(".log")
        || name.endsWith(".sst")
        || name.endsWith(".blob");
  }

  private static void checkFolder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw wrong(folder, "a folder");
    }
    checkReadable(folder);
  }

  private static void checkFile(Path file) {
    boolean dangling = Files.isSymbolicLink(file) && !Files.exists(file);
    if (dangling) {
      // The same as a missing one.
      return;
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file)) {
      throw wrong(file, "a file");
    }
    checkReadable(file);
  }

  private static void checkReadable(Path path) {
    if (Files.exists(path) && !Files.isReadable(path)) {
      throw new StorageException(
          StorageException.Kind.READ_ONLY,
          "Expected to be able to read %s, but permission is denied. Grant it to the user the process runs as."
              .formatted(path));
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.sorted().toList();
    } catch (IOException e) {
      throw FileFailures.of(folder, "reading", e);
    }
  }

  private static StorageException wrong(Path path, String expected) {
    String found =
        Files.isDirectory(path)
            ? "a folder"
            : Files.isRegularFile(path) ? "a file" : "something else";
    return new StorageException(
        StorageException.Kind.BEYOND_REPAIR,
        "Expected %s to be %s, but it is %s. `swarmlog repair` cannot mend that: put back what belongs there, from a backup if need be, or move it away."
            .formatted(path, expected, found));
  }
}
