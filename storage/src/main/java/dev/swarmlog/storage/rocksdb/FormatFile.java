package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The file that marks a data directory as one of ours.
 *
 * <pre>
 * swarmlog data directory
 * format 1
 * shards 2
 * checksum 0123abcd          CRC-32C of the lines above, line ends included
 * </pre>
 *
 * <p>The first line and the format line stay for ever; what follows may change with the format. It
 * is the format of the directory: which files it has. The rows in its shards have a version of
 * their own, kept beside them, so that each shard goes over to a new one by itself.
 *
 * @param shardCount fixed when the directory is created
 */
record FormatFile(int shardCount) {

  static final String NAME = "FORMAT";
  static final String TEMPORARY_NAME = "FORMAT.tmp";

  /** The version this code reads and writes. */
  static final int VERSION = 1;

  private static final String TITLE = "swarmlog data directory";
  private static final String VERSION_LABEL = "format ";
  private static final String SHARDS_LABEL = "shards ";
  private static final String CHECKSUM_LABEL = "checksum ";
  private static final int MAX_BYTES = 4096;

  /**
   * Reads the file of a directory.
   *
   * @throws StorageException if it is not ours, newer or damaged
   */
  static FormatFile read(Path directory) {
    Path file = directory.resolve(NAME);
    List<String> lines;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw notOurs(file);
      }
      lines = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).lines().toList();
    } catch (IOException e) {
      throw FileFailures.of(file, "reading", e);
    }
    if (lines.isEmpty() || !lines.get(0).equals(TITLE)) {
      throw notOurs(file);
    }
    int version = number(lines, 1, VERSION_LABEL, file);
    if (version > VERSION) {
      throw new StorageException(
          StorageException.Kind.NEWER_FORMAT,
          "Expected a data directory of format "
              + VERSION
              + " or older, but "
              + directory
              + " is of format "
              + version
              + ". Use the version of Swarmlog that wrote it, or a newer one.");
    }
    FormatFile format = new FormatFile(number(lines, 2, SHARDS_LABEL, file));
    if (version != VERSION || !format.text().lines().toList().equals(lines)) {
      throw damaged(file);
    }
    return format;
  }

  /** Writes the file, durably and in one step. */
  void write(Path directory) {
    Path temporary = directory.resolve(TEMPORARY_NAME);
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text().getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(temporary, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
      Directories.force(directory);
    } catch (IOException e) {
      throw FileFailures.of(temporary, "writing", e);
    }
  }

  private String text() {
    String checked =
        TITLE + "\n" + VERSION_LABEL + VERSION + "\n" + SHARDS_LABEL + shardCount + "\n";
    CRC32C crc = new CRC32C();
    crc.update(checked.getBytes(StandardCharsets.ISO_8859_1));
    return checked + CHECKSUM_LABEL + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
  }

  private static int number(List<String> lines, int at, String label, Path file) {
    if (lines.size() <= at || !lines.get(at).startsWith(label)) {
      throw damaged(file);
    }
    try {
      return Integer.parseInt(lines.get(at).substring(label.length()));
    } catch (NumberFormatException e) {
      throw damaged(file);
    }
  }

  /** Beside a shard it was ours once; alone it never was. */
  private static StorageException notOurs(Path file) {
    return Files.isDirectory(file.resolveSibling("shard-0000")) ? damaged(file) : foreign(file);
  }

  private static StorageException damaged(Path file) {
    return new StorageException(
        StorageException.Kind.BEYOND_REPAIR,
        "Expected "
            + file
            + " to state format and shards with a checksum, but it does not. `swarmlog repair` cannot"
            + " mend that. It never changes: take this one file from any backup of the directory.");
  }

  private static StorageException foreign(Path file) {
    return new StorageException(
        StorageException.Kind.FOREIGN,
        "Expected "
            + file
            + " to be that of a Swarmlog data directory, but it is something else. Choose another"
            + " directory.");
  }
}
