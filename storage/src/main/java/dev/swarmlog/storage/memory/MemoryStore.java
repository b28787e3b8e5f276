package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Rows in sorted maps under one lock.
 *
 * <p>A walk holds the read lock until it is closed, so that it sees one moment, as a RocksDB
 * iterator does.
 */
final class MemoryStore implements KeyValueStore {

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final List<TreeMap<byte[], byte[]>> families = new ArrayList<>();

  MemoryStore() {
    for (int i = 0; i < Family.values().length; i++) {
      families.add(new TreeMap<>(Arrays::compareUnsigned));
    }
  }

  @Override
  public byte @Nullable [] get(Family family, byte[] key) {
    lock.readLock().lock();
    try {
      return map(family).get(key);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public List<byte @Nullable []> multiGet(Family family, List<byte[]> keys) {
    lock.readLock().lock();
    try {
      List<byte @Nullable []> values = new ArrayList<>(keys.size());
      for (byte[] key : keys) {
        values.add(map(family).get(key));
      }
      return values;
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public RowCursor scan(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return new MemoryCursor(range(family, fromInclusive, toExclusive), /* descending= */ false);
  }

  @Override
  public RowCursor scanDescending(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return new MemoryCursor(range(family, fromInclusive, toExclusive), /* descending= */ true);
  }

  @Override
  public WriteSet newWriteSet() {
    return new MemoryWriteSet();
  }

  @Override
  public void write(WriteSet changes) {
    lock.writeLock().lock();
    try {
      for (Change change : ((MemoryWriteSet) changes).changes) {
        if (change.value == null) {
          map(change.family).remove(change.key);
        } else {
          map(change.family).put(change.key, change.value);
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public void sync() {}

  @Override
  public void dropRange(Family family, byte[] fromInclusive, byte[] toExclusive) {
    lock.writeLock().lock();
    try {
      range(family, fromInclusive, toExclusive).clear();
    } finally {
      lock.writeLock().unlock();
    }
  }

  @Override
  public long writeOutBuffers(long roomBytes) {
    return 0;
  }

  @Override
  public void reopen() {
    // Memory has no device that could be full.
  }

  @Override
  public StoreFigures figures() {
    return StoreFigures.NONE;
  }

  @Override
  public void close() {}

  private TreeMap<byte[], byte[]> map(Family family) {
    return families.get(family.ordinal());
  }

  private NavigableMap<byte[], byte[]> range(
      Family family, byte[] fromInclusive, byte[] toExclusive) {
    if (Arrays.compareUnsigned(fromInclusive, toExclusive) >= 0) {
      return new TreeMap<>(Arrays::compareUnsigned);
    }
    return map(family).subMap(fromInclusive, true, toExclusive, false);
  }

  @SuppressWarnings("ArrayRecordComponent") // a pair on its way into the maps, compared nowhere
  private record Change(Family family, byte[] key, byte @Nullable [] value) {}

  private static final class MemoryWriteSet implements WriteSet {
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
  }

  private final class MemoryCursor implements RowCursor {
    private final NavigableMap<byte[], byte[]> range;
    private final boolean descending;
    private Iterator<Map.Entry<byte[], byte[]>> iterator;
    private Map.@Nullable Entry<byte[], byte[]> current;

    MemoryCursor(NavigableMap<byte[], byte[]> range, boolean descending) {
      lock.readLock().lock();
      this.range = range;
      this.descending = descending;
      this.iterator = walk(range);
    }

    private Iterator<Map.Entry<byte[], byte[]>> walk(NavigableMap<byte[], byte[]> rows) {
      return (descending ? rows.descendingMap() : rows).entrySet().iterator();
    }

    @Override
    public boolean next() {
      if (!iterator.hasNext()) {
        return false;
      }
      current = iterator.next();
      return true;
    }

    @Override
    public void seek(byte[] key) {
      Map.Entry<byte[], byte[]> first =
          descending ? range.floorEntry(key) : range.ceilingEntry(key);
      if (first == null) {
        iterator = Collections.emptyIterator();
      } else if (descending) {
        iterator = walk(range.headMap(first.getKey(), true));
      } else {
        iterator = walk(range.tailMap(first.getKey(), true));
      }
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
      Map.Entry<byte[], byte[]> row = current;
      if (row == null) {
        throw new IllegalStateException("Expected next() to have found a row, but it has not");
      }
      return row;
    }

    @Override
    public void close() {
      lock.readLock().unlock();
    }
  }
}
