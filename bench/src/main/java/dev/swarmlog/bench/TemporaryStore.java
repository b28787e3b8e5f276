package dev.swarmlog.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data directory that goes away when it is closed, unless it was given; also when this process is
 * interrupted. Then whatever this process has started is killed first, so that nothing writes to
 * the directory any more. Used by one thread, but for the hook.
 */
public final class TemporaryStore implements AutoCloseable {

  private final Path directory;
  private final @Nullable Thread hook;

  private TemporaryStore(Path directory, boolean given) {
    this.directory = directory;
    this.hook = given ? null : new Thread(this::interrupted, "delete " + directory);
    if (hook != null) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  /**
   * The directory that was given, or a new one.
   *
   * @param prefix of the name of a new one
   */
  public static TemporaryStore in(@Nullable Path given, String prefix) throws IOException {
    return given != null
        ? new TemporaryStore(given, true)
        : new TemporaryStore(Files.createTempDirectory(prefix), false);
  }

  /** Where the data lies. */
  public Path directory() {
    return directory;
  }

  /** Deletes it; the process that writes to it must have ended. */
  @Override
  public void close() throws IOException {
    if (hook == null) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending, and the hook deletes it.
      return;
    }
    deleteAll();
  }

  private void interrupted() {
    List<ProcessHandle> children = ProcessHandle.current().children().toList();
    children.forEach(ProcessHandle::destroyForcibly);
    children.forEach(child -> child.onExit().join());
    try {
      deleteAll();
    } catch (IOException | UncheckedIOException e) {
      System.err.println("swarmlog: Expected to delete " + directory + ", but " + e);
    }
  }

  private void deleteAll() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
