package dev.swarmlog.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What another process writes to the device, and how long its threads run: {@code /proc} of Linux.
 */
final class ProcessIo {

  private static final String WRITTEN = "write_bytes: ";

  private final Path process;

  ProcessIo(long processId) {
    this.process = Path.of("/proc", Long.toString(processId));
  }

  /**
   * What it has caused to be written to the device since it was started, in bytes: flushes of a
   * page that was flushed before count again. Empty where there is no {@code /proc}.
   */
  OptionalLong writtenBytes() throws IOException {
    Path io = process.resolve("io");
    if (!Files.isReadable(io)) {
      return OptionalLong.empty();
    }
    return Files.readAllLines(io).stream()
        .filter(line -> line.startsWith(WRITTEN))
        .mapToLong(line -> Long.parseLong(line.substring(WRITTEN.length())))
        .findFirst();
  }

  /** The threads whose name begins like that, to ask for their times again and again. */
  List<Path> threads(String name) throws IOException {
    Path tasks = process.resolve("task");
    if (!Files.isReadable(tasks)) {
      return List.of();
    }
    try (Stream<Path> threads = Files.list(tasks)) {
      return threads.filter(thread -> named(thread, name)).toList();
    }
  }

  private static boolean named(Path thread, String name) {
    try {
      return Files.readString(thread.resolve("comm")).startsWith(name);
    } catch (IOException e) {
      // It has ended.
      return false;
    }
  }

  /** How long such threads have run, together, in nanoseconds. */
  static long runNs(List<Path> threads) throws IOException {
    long runNs = 0;
    for (Path thread : threads) {
      try {
        String times = Files.readString(thread.resolve("schedstat"));
        runNs += Long.parseLong(times.substring(0, times.indexOf(' ')));
      } catch (NoSuchFileException e) {
        // It has ended, and what it ran is not asked for again.
        runNs += 0;
      }
    }
    return runNs;
  }
}
