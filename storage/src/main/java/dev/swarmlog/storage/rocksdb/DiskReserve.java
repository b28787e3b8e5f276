package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * A file that holds space back for the time when the device is full: it is deleted then, and what
 * has to be written finds room. See ADR 0036.
 *
 * <p>Every method waits for the device. Used by one thread at a time.
 */
public final class DiskReserve {

  static final String NAME = "reserve";

  /** So little that flushes of the logs to the same device hardly wait for it. */
  private static final int STEP_BYTES = 4 << 20;

  private final Path file;
  private final long bytes;

  /** The reserve of a data directory, of so many bytes when it is whole; 0 for none. */
  DiskReserve(Path directory, long bytes) {
    this.file = directory.resolve(NAME);
    this.bytes = bytes;
  }

  /** How much it holds back when it is whole. */
  public long bytes() {
    return bytes;
  }

  /** How much it holds back now. */
  public long heldBytes() throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /** Gives back all of it; harmless if there is none. */
  public void release() throws IOException {
    Files.deleteIfExists(file);
  }

  /**
   * Makes it larger by some megabytes, or smaller at once, towards its size.
   *
   * @throws IOException if there is no room
   */
  public void grow() throws IOException {
    if (bytes == 0) {
      release();
      return;
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long held = channel.size();
      if (held > bytes) {
        channel.truncate(bytes);
        return;
      }
      int step = (int) Math.min(STEP_BYTES, bytes - held);
      // Random: of a file system that compresses, zeros would hold nothing back.
      byte[] content = new byte[step];
      new Random(held).nextBytes(content);
      ByteBuffer next = ByteBuffer.wrap(content);
      while (next.hasRemaining()) {
        channel.write(next, held + next.position());
      }
      // Space that is promised, but not allocated yet, may be missing when it is needed.
      channel.force(true);
    }
  }
}
