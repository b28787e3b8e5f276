package dev.swarmlog.reliability.simulation;

import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a coordinator: rows in memory, and of the batches that were not synced what it takes
 * to undo them. Losing power undoes the newest of those, as many as the simulation likes: a batch
 * is there whole or not at all, and none is there without those before it.
 */
final class VirtualDisk {

  private final List<TreeMap<byte[], byte[]>> families = new ArrayList<>();

  /** Written, not synced; oldest first. */
  private final ArrayDeque<List<Change>> unsynced = new ArrayDeque<>();

  VirtualDisk() {
    for (int i = 0; i < Family.values().length; i++) {
      families.add(new TreeMap<>(Arrays::compareUnsigned));
    }
  }

  /** A row as it is to be, or was. */
  @SuppressWarnings("ArrayRecordComponent") // on its way into the maps, compared nowhere
  record Change(Family family, byte[] key, byte @Nullable [] value) {}

  /** Changes on their way. */
  static final class Changes implements WriteSet {
    private final List<Change> changes = new ArrayList<>();

    @Override
    public void put(Family family, byte[] key, byte[] value) {
      changes.add(new Change(family, key, value));
    }

    @Override
    public void delete(Family family, byte[] key) {
      changes.add(new Change(family, key, null));
    }

    @Override
    public void deleteOnce(Family family, byte[] key) {
      delete(family, key);
    }

    List<Change> list() {
      return changes;
    }
  }

  /** How many batches would be lost at most if the power went now. */
  int unsyncedBatches() {
    return unsynced.size();
  }

  /** Writes a batch; it is safe with the next {@link #synced}. */
  void write(List<Change> changes) {
    List<Change> undo = new ArrayList<>(changes.size());
    for (Change change : changes) {
      undo.add(new Change(change.family, change.key, put(change)));
    }
    unsynced.addLast(undo);
  }

  /** All that was written is safe. */
  void synced() {
    unsynced.clear();
  }

  /**
   * The power goes: of the batches that were not synced the oldest so many are there afterwards.
   *
   * @param torn half of the oldest that is lost is there all the same, as no store should have it
   * @return how many were lost
   */
  int losePower(int kept, boolean torn) {
    int lost = 0;
    while (unsynced.size() > kept) {
      List<Change> undo = unsynced.removeLast();
      int there = torn && unsynced.size() == kept ? undo.size() / 2 : 0;
      for (int i = undo.size() - 1; i >= there; i--) {
        put(undo.get(i));
      }
      lost++;
    }
    unsynced.clear();
    return lost;
  }

  private byte @Nullable [] put(Change change) {
    TreeMap<byte[], byte[]> rows = map(change.family);
    return change.value == null ? rows.remove(change.key) : rows.put(change.key, change.value);
  }

  private TreeMap<byte[], byte[]> map(Family family) {
    return families.get(family.ordinal());
  }

  /** The disk as a store that one coordinator has opened. */
  class Store implements KeyValueStore {
    private final Runnable flush;

    /**
     * The disk as it is now.
     *
     * @param flush takes the time that a flush takes
     */
    Store(Runnable flush) {
      this.flush = flush;
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
      return map(family).get(key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) {
      List<byte @Nullable []> values = new ArrayList<>(keys.size());
      for (byte[] key : keys) {
        values.add(map(family).get(key));
      }
      return values;
    }

    @Override
    public RowCursor scan(Family family, byte[] fromInclusive, byte[] toExclusive) {
      return new Cursor(range(family, fromInclusive, toExclusive), false);
    }

    @Override
    public RowCursor scanDescending(Family family, byte[] fromInclusive, byte[] toExclusive) {
      return new Cursor(range(family, fromInclusive, toExclusive), true);
    }

    private NavigableMap<byte[], byte[]> range(Family family, byte[] from, byte[] to) {
      return Arrays.compareUnsigned(from, to) >= 0
          ? Collections.emptyNavigableMap()
          : map(family).subMap(from, true, to, false);
    }

    @Override
    public WriteSet newWriteSet() {
      return new Changes();
    }

    @Override
    public void write(WriteSet changes) {
      VirtualDisk.this.write(((Changes) changes).list());
    }

    @Override
    public void sync() {
      flush.run();
      synced();
    }

    @Override
    public void dropRange(Family family, byte[] fromInclusive, byte[] toExclusive) {
      List<Change> dropped = new ArrayList<>();
      range(family, fromInclusive, toExclusive)
          .keySet()
          .forEach(key -> dropped.add(new Change(family, key, null)));
      VirtualDisk.this.write(dropped);
    }

    @Override
    public void reopen() {
      throw new UnsupportedOperationException("Expected a disk that is never full");
    }

    @Override
    public long writeOutBuffers(long roomBytes) {
      return 0;
    }

    @Override
    public StoreFigures figures() {
      return StoreFigures.NONE;
    }

    @Override
    public void close() {}
  }

  /** Closed before anything else happens, so it sees one moment. */
  private static final class Cursor implements RowCursor {
    private final NavigableMap<byte[], byte[]> rows;
    private final boolean descending;
    private Iterator<Map.Entry<byte[], byte[]>> walk;
    private Map.@Nullable Entry<byte[], byte[]> current;

    Cursor(NavigableMap<byte[], byte[]> rows, boolean descending) {
      this.rows = rows;
      this.descending = descending;
      this.walk = walk(rows);
    }

    private Iterator<Map.Entry<byte[], byte[]>> walk(NavigableMap<byte[], byte[]> from) {
      return (descending ? from.descendingMap() : from).entrySet().iterator();
    }

    @Override
    public boolean next() {
      if (!walk.hasNext()) {
        return false;
      }
      current = walk.next();
      return true;
    }

    @Override
    public void seek(byte[] key) {
      Map.Entry<byte[], byte[]> first = descending ? rows.floorEntry(key) : rows.ceilingEntry(key);
      walk =
          first == null
              ? Collections.emptyIterator()
              : walk(
                  descending
                      ? rows.headMap(first.getKey(), true)
                      : rows.tailMap(first.getKey(), true));
    }

    @Override
    public byte[] key() {
      return row().getKey();
    }

    @Override
    public byte[] value() {
      return row().getValue();
    }

    private Map.Entry<byte[], byte[]> row() {
      if (current == null) {
        throw new IllegalStateException("Expected next() to have found a row, but it has not");
      }
      return current;
    }

    @Override
    public void close() {}
  }
}
