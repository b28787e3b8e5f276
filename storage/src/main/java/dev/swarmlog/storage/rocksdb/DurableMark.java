package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A small file beside a shard's database that says through which entry the shard is durable.
 *
 * <p>It finds what the database cannot: a write-ahead log that was cut, or damaged so that it looks
 * torn, opens with fewer entries than were acknowledged. A shard that holds less than its mark says
 * refuses to open.
 *
 * <p>How far it may be behind: it is written with every sync, before anything is acknowledged, so a
 * killed process loses none of it. It is forced to the device with the first sync after opening,
 * once a second while syncs go on, and on close; a loss of power may take it back by what was
 * acknowledged since it was last forced.
 *
 * <pre>
 * slot n at n * 4096, n = 0, 1, written in turn:
 *   "SWMK" (4) | turn (8) | durable index (8) | CRC-32C of these 20 bytes (4)
 * </pre>
 *
 * <p>Owned by the writer thread.
 */
final class DurableMark implements DurableListener {

  private static final int MAGIC = 0x53574d4b;
  private static final int SLOT_STRIDE_BYTES = 4096;
  private static final int SLOT_BYTES = 24;
  private static final int CHECKED_BYTES = 20;
  private static final long FORCE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

  private final Path file;
  private final FileChannel channel;
  private final ByteBuffer slot = ByteBuffer.allocateDirect(SLOT_BYTES);
  private long turn;
  private long index;
  private boolean everForced;
  private long lastForcedNs;

  private DurableMark(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Writes a new mark at 0, durably. */
  static void create(Path file) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      DurableMark mark = new DurableMark(file, channel);
      mark.write(0);
      mark.write(0);
      channel.force(true);
    } catch (IOException e) {
      throw FileFailures.of(file, "writing", e);
    }
  }

  /**
   * Opens a mark.
   *
   * @throws StorageException if it is missing or neither slot can be read
   */
  static DurableMark open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      DurableMark mark = new DurableMark(file, channel);
      mark.load();
      return mark;
    } catch (NoSuchFileException e) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected "
              + file
              + ", which says how much was acknowledged, but it is missing. Restore the directory"
              + " from a backup.",
          e);
    } catch (IOException e) {
      closeQuietly(channel);
      throw FileFailures.of(file, "opening", e);
    } catch (StorageException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // What failed before is what matters; a handle that was only read has nothing to lose.
      return;
    }
  }

  /** Through which entry the shard is durable, at least. */
  long index() {
    return index;
  }

  @Override
  public void durableThrough(long durableIndex) {
    try {
      write(durableIndex);
      long now = System.nanoTime();
      if (!everForced || now - lastForcedNs >= FORCE_INTERVAL_NS) {
        channel.force(false);
        everForced = true;
        lastForcedNs = now;
      }
    } catch (IOException e) {
      throw FileFailures.of(file, "writing", e);
    }
  }

  @Override
  public void close() {
    try (channel) {
      channel.force(false);
    } catch (IOException e) {
      throw FileFailures.of(file, "closing", e);
    }
  }

  private void load() throws IOException {
    boolean found = false;
    for (int n = 0; n < 2; n++) {
      slot.clear();
      while (slot.hasRemaining()
          && channel.read(slot, (long) n * SLOT_STRIDE_BYTES + slot.position()) >= 0) {
        // Reads on until the slot is full or the file ends.
      }
      if (slot.hasRemaining()
          || slot.getInt(0) != MAGIC
          || slot.getInt(CHECKED_BYTES) != checksum()) {
        continue;
      }
      long foundTurn = slot.getLong(4);
      if (!found || foundTurn >= turn) {
        turn = foundTurn;
        index = slot.getLong(12);
      }
      found = true;
    }
    if (!found) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected "
              + file
              + " to say how much was acknowledged, but it is damaged. Restore the directory from a"
              + " backup.");
    }
  }

  private void write(long newIndex) throws IOException {
    turn++;
    index = newIndex;
    slot.clear();
    slot.putInt(MAGIC).putLong(turn).putLong(index);
    slot.putInt(checksum());
    slot.flip();
    long at = (turn & 1) * SLOT_STRIDE_BYTES;
    while (slot.hasRemaining()) {
      at += channel.write(slot, at);
    }
  }

  private int checksum() {
    CRC32C crc = new CRC32C();
    crc.update(slot.duplicate().position(0).limit(CHECKED_BYTES));
    return (int) crc.getValue();
  }
}
