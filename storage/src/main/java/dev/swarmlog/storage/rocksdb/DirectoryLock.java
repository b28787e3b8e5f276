package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock on a data directory. The operating system takes it back when the process ends, however
 * it ends.
 */
final class DirectoryLock implements AutoCloseable {

  private static final Logger logger = LoggerFactory.getLogger(DirectoryLock.class);

  static final String NAME = "LOCK";

  private static final int MAX_PID_BYTES = 32;

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws StorageException if another process, or this one, has it
   */
  static DirectoryLock acquire(Path directory) {
    Path file = directory.resolve(NAME);
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw FileFailures.of(file, "locking", e);
    }
    try {
      if (tryLock(channel) == null) {
        StorageException locked = locked(directory, channel);
        channel.close();
        throw locked;
      }
      sign(channel);
      return new DirectoryLock(channel);
    } catch (IOException e) {
      throw FileFailures.of(file, "locking", e);
    }
  }

  /** Says who holds it, for people to read: a full device is no reason not to start. */
  private static void sign(FileChannel channel) {
    try {
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      logger.debug("The lock does not say who holds it", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static StorageException locked(Path directory, FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(MAX_PID_BYTES);
    channel.read(pid, 0);
    String holder = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).strip();
    return new StorageException(
        StorageException.Kind.LOCKED,
        "Expected to be alone with "
            + directory
            + ", but process "
            + (holder.isEmpty() ? "unknown" : holder)
            + " has it open. Stop that one, or choose another directory.");
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StorageException(
          StorageException.Kind.IO, "Expected to unlock the data directory, but it failed", e);
    }
  }
}
