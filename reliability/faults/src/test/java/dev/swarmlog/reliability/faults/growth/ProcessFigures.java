package dev.swarmlog.reliability.faults.growth;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a process and its data directory take up now, as Linux and its Java runtime say. */
final class ProcessFigures {

  private static final double KIB_PER_MIB = 1 << 10;
  private static final double BYTES_PER_MIB = 1 << 20;
  private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");

  private final long processId;
  private final Path process;
  private final Path dataDirectory;

  ProcessFigures(long processId, Path dataDirectory) {
    this.processId = processId;
    this.process = Path.of("/proc", Long.toString(processId));
    this.dataDirectory = dataDirectory;
  }

  /** Why they cannot be had on this machine; empty if they can. */
  static String missing() {
    if (!Files.isReadable(Path.of("/proc/self/status"))) {
      return "there is no /proc";
    }
    return Files.isExecutable(JCMD) ? "" : "there is no " + JCMD + ": Java is only a runtime";
  }

  /** Files of the data directory whose path has this in it. */
  double diskMiB(String part) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(dataDirectory)) {
      files = all.filter(file -> file.toString().contains(part)).toList();
    } catch (UncheckedIOException e) {
      // A file went away while the folder was being read.
      return diskMiB(part);
    }
    long bytes = 0;
    for (Path file : files) {
      try {
        bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
      } catch (NoSuchFileException e) {
        // A compaction has just removed it.
        bytes += 0;
      }
    }
    return bytes / BYTES_PER_MIB;
  }

  /** What it holds in memory, heap included. */
  double residentMiB() throws IOException {
    return Files.readAllLines(process.resolve("status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / KIB_PER_MIB)
        .findFirst()
        .orElseThrow();
  }

  /** Open file handles, sockets included. */
  double handles() throws IOException {
    return count(process.resolve("fd"));
  }

  /** Threads, those of RocksDB and of the Java runtime included. */
  double threads() throws IOException {
    return count(process.resolve("task"));
  }

  private static double count(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.count();
    }
  }

  /** What is alive in its heap: it collects all garbage for that. */
  double liveHeapMiB() throws IOException {
    Process asked =
        new ProcessBuilder(JCMD.toString(), Long.toString(processId), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines = asked.inputReader()) {
      String last = lines.lines().filter(line -> line.startsWith("Total")).findFirst().orElse("");
      String[] parts = last.trim().split(" +");
      if (parts.length != 3) {
        throw new IOException("Expected jcmd to say what is alive in the heap, but it did not");
      }
      return Long.parseLong(parts[2]) / BYTES_PER_MIB;
    }
  }
}
