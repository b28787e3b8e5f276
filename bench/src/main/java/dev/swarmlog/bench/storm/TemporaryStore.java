package dev.swarmlog.bench.storm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A data directory that goes away when it is closed, unless it was given. */
record TemporaryStore(Path directory, boolean given) implements AutoCloseable {

  static TemporaryStore in(@Nullable Path given) throws IOException {
    return given != null
        ? new TemporaryStore(given, true)
        : new TemporaryStore(Files.createTempDirectory("swarmlog-storm-"), false);
  }

  @Override
  public void close() throws IOException {
    if (given) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
