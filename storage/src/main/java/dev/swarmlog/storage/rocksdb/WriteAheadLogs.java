package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The write-ahead logs of a RocksDB instance, as files.
 *
 * @param database the directory of the instance; it need not exist yet
 */
record WriteAheadLogs(Path database) {

  private static final String SUFFIX = ".log";
  private static final Pattern NAME = Pattern.compile("\\d+\\.log");

  /** What opening writes besides: manifest, options, the beginning of a new log. */
  private static final long OPENING_BYTES = 8L << 20;

  /** Whether there is anything to read at all. */
  boolean exist() {
    return Files.exists(database.resolve("CURRENT"));
  }

  /** Whether there is room to open the instance, which makes files of all they hold. */
  boolean haveRoomToBecomeFiles() {
    try {
      return usableBytes(database) >= openingBytes();
    } catch (IOException e) {
      throw FileFailures.of(database, "reading", e);
    }
  }

  /** What this process may still write there; 0 also where nobody can tell. */
  static long usableBytes(Path directory) {
    // A FileStore looks for the mount first, which not everybody may see.
    return directory.toFile().getUsableSpace();
  }

  /** What opening the instance may write. */
  long openingBytes() throws IOException {
    long bytes = OPENING_BYTES;
    if (exist()) {
      for (Path log : files()) {
        bytes += Files.size(log);
      }
    }
    return bytes;
  }

  /** Forces them to the device as they are. */
  void force() {
    try {
      for (Path log : files()) {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    } catch (IOException e) {
      throw FileFailures.of(database, "flushing the write-ahead logs of", e);
    }
  }

  /** The logs, the oldest first. */
  List<Path> byNumber() throws IOException {
    if (!Files.isDirectory(database)) {
      return List.of();
    }
    return files().stream()
        .filter(log -> NAME.matcher(String.valueOf(log.getFileName())).matches())
        .sorted(Comparator.comparingLong(WriteAheadLogs::number))
        .toList();
  }

  private static long number(Path log) {
    String name = String.valueOf(log.getFileName());
    return Long.parseLong(name.substring(0, name.indexOf('.')));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(database)) {
      return files.filter(file -> file.toString().endsWith(SUFFIX)).toList();
    }
  }
}
