package dev.swarmlog.conformance.cases;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Empty folders for cursor stores, below one that goes away with this, or with the process.
 * Thread-safe.
 */
public final class Folders implements AutoCloseable {
  private final Path root;
  private final Thread atExit = new Thread(this::deleteAll);

  public Folders() throws IOException {
    root = Files.createTempDirectory("swarmlog-conformance-");
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** A new one. */
  Path create() throws IOException {
    return Files.createTempDirectory(root, "case-");
  }

  /** Removes a folder and what is in it. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public void close() {
    deleteAll();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending: that is what it is for.
    }
  }

  private void deleteAll() {
    try {
      if (Files.exists(root)) {
        delete(root);
      }
    } catch (IOException | UncheckedIOException e) {
      // A testee still writes there; the folder is a temporary one.
    }
  }
}
