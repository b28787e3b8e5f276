package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.stream.Stream;

/** Whole directories: made durable, moved, linked and removed. */
final class Directories {

  private static final String DAMAGED = ".damaged-";

  private Directories() {}

  /**
   * Forces the names in a directory to the device: a new file is lost with the power without it.
   */
  static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /**
   * Forces the names of a directory and of those above it, which may have been made with it. One
   * that may not be read is passed over: it was there before, or we could read it.
   */
  static void forceAncestors(Path directory) throws IOException {
    for (Path above = directory.toAbsolutePath().getParent();
        above != null;
        above = above.getParent()) {
      try {
        force(above);
      } catch (AccessDeniedException e) {
        continue;
      }
    }
  }

  /** Gives a directory another name beside it, durably. */
  static void rename(Path from, Path to) {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      force(to.resolveSibling("."));
    } catch (IOException e) {
      throw FileFailures.of(from, "renaming", e);
    }
  }

  /**
   * Gives a damaged directory the first name {@code NAME.damaged-N} that is free, durably.
   *
   * @return where it is now
   */
  static Path setAside(Path damaged) {
    int number = 1;
    Path aside = damaged.resolveSibling(damaged.getFileName() + DAMAGED + number);
    while (Files.exists(aside)) {
      aside = damaged.resolveSibling(damaged.getFileName() + DAMAGED + ++number);
    }
    rename(damaged, aside);
    return aside;
  }

  /**
   * Fills a new directory with hard links to the files of another one, which has no folders. What
   * is a symbolic link there is one here as well, by its whole path: it may lead to another device.
   */
  static void linkFiles(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path link = to.resolve(file.getFileName());
        if (Files.isSymbolicLink(file)) {
          Files.createSymbolicLink(link, file.toRealPath());
        } else {
          Files.createLink(link, file);
        }
      }
    }
  }

  /** Removes a directory and all that is in it; nothing happens where there is none. */
  static void removeAll(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw FileFailures.of(directory, "removing", e);
    }
  }
}
