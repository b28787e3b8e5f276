package dev.swarmlog.reliability.history.coordinator;

import dev.swarmlog.reliability.bug.Altered;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The power of a machine: once it is off, nothing is written any more, and in memory what was not
 * flushed can be taken back. So a coordinator can die within this process.
 */
final class Power {

  /** How long a flush waits for readers before the power goes off in it. */
  private static final long MAX_WAIT_FOR_READERS_MS = 300;

  /** How long somebody waits for a flush; clients that read flush nothing. */
  private static final long MAX_WAIT_FOR_FLUSH_MS = 1_000;

  /** One of them may have begun before the flush. */
  private static final int READERS_IN_FLUSH = 2;

  private record Row(Family family, byte[] key, byte @Nullable [] before) {}

  /** Rows as they were before they were written, newest first. */
  private final ArrayDeque<Row> unflushed = new ArrayDeque<>();

  private @Nullable KeyValueStore memory;
  private volatile boolean off;

  /** Open once the power is off. */
  private volatile CountDownLatch wentOff = new CountDownLatch(1);

  private volatile boolean offInNextFlush;
  private volatile @Nullable CountDownLatch readersInFlush;

  /** The same rows after each start, if they are in memory. */
  KeyValueStore inMemory(KeyValueStore fresh) {
    KeyValueStore kept = memory == null ? fresh : memory;
    memory = kept;
    return Altered.of(KeyValueStore.class, kept, new Switched(kept, /* keepsOpen= */ true));
  }

  /** Rows on a disk, which keeps them. */
  KeyValueStore onDisk(KeyValueStore store) {
    return Altered.of(KeyValueStore.class, store, new Switched(store, /* keepsOpen= */ false));
  }

  /** From now on nothing is written. */
  void off() {
    off = true;
    wentOff.countDown();
  }

  /** Waits until the power is off; in vain if nobody publishes any more. */
  void awaitOff() {
    await(wentOff, MAX_WAIT_FOR_FLUSH_MS);
  }

  /** The next flush goes wrong once readers have been answered meanwhile, or none come. */
  void offInNextFlush() {
    offInNextFlush = true;
  }

  boolean isOff() {
    return off;
  }

  /** A reader has been answered. */
  void readerAnswered() {
    CountDownLatch waiting = readersInFlush;
    if (waiting != null) {
      waiting.countDown();
    }
  }

  /**
   * Writes again.
   *
   * @param lost what was not flushed is gone; memory only
   */
  synchronized void on(boolean lost) {
    KeyValueStore store = memory;
    if (lost && store != null) {
      for (Row row : unflushed) {
        WriteSet change = store.newWriteSet();
        if (row.before() == null) {
          change.delete(row.family(), row.key());
        } else {
          change.put(row.family(), row.key(), row.before());
        }
        store.write(change);
      }
    }
    unflushed.clear();
    offInNextFlush = false;
    readersInFlush = null;
    wentOff = new CountDownLatch(1);
    off = false;
  }

  private record Noted(WriteSet changes, List<Row> rows, KeyValueStore store) implements WriteSet {
    @Override
    public void put(Family family, byte[] key, byte[] value) {
      rows.add(new Row(family, key, store.get(family, key)));
      changes.put(family, key, value);
    }

    @Override
    public void delete(Family family, byte[] key) {
      rows.add(new Row(family, key, store.get(family, key)));
      changes.delete(family, key);
    }

    @Override
    public void deleteOnce(Family family, byte[] key) {
      rows.add(new Row(family, key, store.get(family, key)));
      changes.deleteOnce(family, key);
    }
  }

  /** A store that is written only while the power is on. */
  final class Switched {
    private final KeyValueStore store;
    private final boolean keepsOpen;

    Switched(KeyValueStore store, boolean keepsOpen) {
      this.store = store;
      this.keepsOpen = keepsOpen;
    }

    public WriteSet newWriteSet() {
      return keepsOpen
          ? new Noted(store.newWriteSet(), new ArrayList<>(), store)
          : store.newWriteSet();
    }

    public void write(WriteSet changes) {
      synchronized (Power.this) {
        requireOn();
        if (changes instanceof Noted noted) {
          noted.rows().forEach(unflushed::addFirst);
          store.write(noted.changes());
        } else {
          store.write(changes);
        }
      }
    }

    public void sync() {
      if (offInNextFlush) {
        CountDownLatch readers = new CountDownLatch(READERS_IN_FLUSH);
        readersInFlush = readers;
        await(readers, MAX_WAIT_FOR_READERS_MS);
        off();
      }
      synchronized (Power.this) {
        requireOn();
        store.sync();
        unflushed.clear();
      }
    }

    public void close() {
      if (!keepsOpen) {
        store.close();
      }
    }

    private void requireOn() {
      if (off) {
        throw new StorageException(
            StorageException.Kind.IO, "Expected power to write, but it is off");
      }
    }
  }

  private static void await(CountDownLatch latch, long maxWaitMs) {
    try {
      boolean unused = latch.await(maxWaitMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
