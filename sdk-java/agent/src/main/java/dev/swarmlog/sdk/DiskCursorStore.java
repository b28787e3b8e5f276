package dev.swarmlog.sdk;

import dev.swarmlog.sdk.CursorRecords.Contents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Cursor and held keys in a directory: {@code cursor} (see {@link CursorRecords}) and {@code lock}.
 * A save appends a record and flushes it. When the file has doubled since it was last rewritten,
 * and when it is opened, a new one with the last state only is written aside, flushed, and renamed
 * over it; then the directory is flushed. So at any moment {@code cursor} holds a whole state, and
 * rewriting costs each record about as much again as appending it.
 *
 * <p>The keys are not kept in memory: a rewrite reads them from the file.
 *
 * <p>A write that failed is not tried again, because what the disk holds is unknown then: the store
 * refuses everything after it.
 */
final class DiskCursorStore implements CursorStore {
  /** The least size at which the file is written anew. */
  static final long MIN_REWRITE_BYTES = 256 << 10;

  private static final String FILE = "cursor";
  private static final String NEW_FILE = "cursor.new";
  private static final String LOCK = "lock";

  private final Path directory;
  private final long minRewriteBytes;
  private final FileChannel lockChannel;
  private final Object monitor = new Object();
  // All guarded by the monitor.
  private @Nullable FileChannel file;
  private AgentCursor last;
  // What was read; gone once it was handed out.
  private @Nullable Contents loaded;
  private long rewrittenBytes;
  private boolean failed;

  private DiskCursorStore(
      Path directory, long minRewriteBytes, FileChannel lockChannel, Contents loaded) {
    this.directory = directory;
    this.minRewriteBytes = minRewriteBytes;
    this.lockChannel = lockChannel;
    this.last = loaded.cursor();
    this.loaded = loaded;
  }

  static DiskCursorStore open(Path directory, long minRewriteBytes) {
    FileChannel lockChannel = null;
    try {
      Files.createDirectories(directory);
      lockChannel =
          FileChannel.open(
              directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock(lockChannel, directory);
      Contents contents = read(directory.resolve(FILE));
      DiskCursorStore store =
          new DiskCursorStore(directory, minRewriteBytes, lockChannel, contents);
      store.rewrite(contents);
      return store;
    } catch (IOException e) {
      closeQuietly(lockChannel, e);
      throw unusable(directory, e);
    } catch (CursorStoreException e) {
      closeQuietly(lockChannel, e);
      throw e;
    }
  }

  @Override
  public AgentCursor load() {
    synchronized (monitor) {
      return last;
    }
  }

  @Override
  public Collection<HeldKey> heldKeys() {
    synchronized (monitor) {
      try {
        Contents contents = loaded != null ? loaded : read(directory.resolve(FILE));
        loaded = null;
        return MemoryCursorStore.all(contents.keys());
      } catch (IOException e) {
        throw unusable(directory, e);
      }
    }
  }

  @Override
  public void save(AgentCursor cursor, List<HeldKey> changed) {
    synchronized (monitor) {
      FileChannel open = file;
      if (open == null || failed) {
        throw new CursorStoreException(
            "Expected an open cursor store in %s, but %s"
                .formatted(
                    directory,
                    failed
                        ? "an earlier write failed: look at the disk and restart the agent"
                        : "it was closed"));
      }
      try {
        write(open, CursorRecords.record(cursor, changed));
        open.force(false);
        last = cursor;
        loaded = null;
        if (open.position() >= Math.max(minRewriteBytes, 2 * rewrittenBytes)) {
          rewrite(read(directory.resolve(FILE)));
        }
      } catch (IOException e) {
        failed = true;
        throw new CursorStoreException(
            "Expected to write the cursor to %s, but %s: look at the disk and restart the agent"
                .formatted(directory, e),
            e);
      }
    }
  }

  @Override
  public void close() {
    synchronized (monitor) {
      try {
        if (file != null) {
          file.close();
          file = null;
        }
        lockChannel.close();
      } catch (IOException e) {
        throw new CursorStoreException(
            "Expected to close the cursor store in %s, but %s".formatted(directory, e), e);
      }
    }
  }

  private void rewrite(Contents contents) throws IOException {
    synchronized (monitor) {
      Path aside = directory.resolve(NEW_FILE);
      FileChannel written =
          FileChannel.open(
              aside,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      try {
        write(written, CursorRecords.header());
        CursorRecords.rewrite(contents, record -> write(written, record));
        written.force(true);
        Files.move(aside, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
          names.force(true);
        }
      } catch (IOException e) {
        closeQuietly(written, e);
        throw e;
      }
      FileChannel replaced = file;
      file = written;
      rewrittenBytes = written.position();
      if (replaced != null) {
        replaced.close();
      }
    }
  }

  private static void lock(FileChannel channel, Path directory) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return; // Held until the channel is closed.
      }
    } catch (OverlappingFileLockException e) {
      // Held by this process: the same answer.
    }
    throw new CursorStoreException(
        "Expected the cursor store in %s to be free, but another agent has it open: give each agent a directory of its own"
            .formatted(directory));
  }

  private static Contents read(Path path) throws IOException {
    return Files.exists(path)
        ? CursorRecords.read(ByteBuffer.wrap(Files.readAllBytes(path)), path.toString())
        : new Contents(AgentCursor.empty(), Map.of());
  }

  private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static CursorStoreException unusable(Path directory, IOException e) {
    return new CursorStoreException(
        "Expected a directory for the cursor at %s that can be written, but %s"
            .formatted(
                directory,
                e instanceof AccessDeniedException ? "access is denied: mend its permissions" : e),
        e);
  }

  private static void closeQuietly(@Nullable FileChannel channel, Exception reason) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        reason.addSuppressed(e);
      }
    }
  }
}
