package dev.swarmlog.reliability.simulation;

import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Stores that are broken on purpose. */
final class BrokenStores {

  /** Behind the slot and the swarm's number. */
  private static final int KIND_AT = 10;

  private BrokenStores() {}

  /** A store as it should be. */
  private static class Forwarding implements KeyValueStore {
    protected final VirtualDisk.Store store;

    Forwarding(VirtualDisk.Store store) {
      this.store = store;
    }

    @Override
    public byte[] get(Family family, byte[] key) {
      return store.get(family, key);
    }

    @Override
    public List<byte[]> multiGet(Family family, List<byte[]> keys) {
      return store.multiGet(family, keys);
    }

    @Override
    public RowCursor scan(Family family, byte[] fromInclusive, byte[] toExclusive) {
      return store.scan(family, fromInclusive, toExclusive);
    }

    @Override
    public RowCursor scanDescending(Family family, byte[] fromInclusive, byte[] toExclusive) {
      return store.scanDescending(family, fromInclusive, toExclusive);
    }

    @Override
    public WriteSet newWriteSet() {
      return store.newWriteSet();
    }

    @Override
    public void write(WriteSet changes) {
      store.write(changes);
    }

    @Override
    public void sync() {
      store.sync();
    }

    @Override
    public void dropRange(Family family, byte[] fromInclusive, byte[] toExclusive) {
      store.dropRange(family, fromInclusive, toExclusive);
    }

    @Override
    public void reopen() {
      store.reopen();
    }

    @Override
    public long writeOutBuffers(long roomBytes) {
      return store.writeOutBuffers(roomBytes);
    }

    @Override
    public StoreFigures figures() {
      return store.figures();
    }

    @Override
    public void close() {
      store.close();
    }
  }

  /** Every second flush does nothing. */
  static final class LyingFlush extends Forwarding {
    private int flushes;

    LyingFlush(VirtualDisk.Store store) {
      super(store);
    }

    @Override
    public void sync() {
      if (++flushes % 2 == 0) {
        super.sync();
      }
    }
  }

  /** Some rows of a batch are written with the next one; until then they are in memory only. */
  static final class LateRows extends Forwarding {
    private final Set<Integer> kinds;
    private final TreeMap<byte[], byte[]> late = new TreeMap<>(Arrays::compareUnsigned);

    LateRows(VirtualDisk.Store store, Set<Integer> kinds) {
      super(store);
      this.kinds = kinds;
    }

    @Override
    public byte[] get(Family family, byte[] key) {
      byte[] held = family == Family.META ? late.get(key) : null;
      return held != null ? held : super.get(family, key);
    }

    @Override
    public void write(WriteSet changes) {
      VirtualDisk.Changes now = new VirtualDisk.Changes();
      late.forEach((key, value) -> now.put(Family.META, key, value));
      late.clear();
      for (VirtualDisk.Change change : ((VirtualDisk.Changes) changes).list()) {
        if (change.family() == Family.META
            && change.value() != null
            && change.key().length > KIND_AT
            && kinds.contains((int) change.key()[KIND_AT])) {
          late.put(change.key(), change.value());
        } else if (change.value() == null) {
          now.delete(change.family(), change.key());
        } else {
          now.put(change.family(), change.key(), change.value());
        }
      }
      super.write(now);
    }
  }

  /** Walks over a family pass some keyed rows by. */
  static final class BlindScan extends Forwarding {
    private static final int KEYED = 2;
    private final Family family;

    BlindScan(VirtualDisk.Store store, Family family) {
      super(store);
      this.family = family;
    }

    @Override
    public RowCursor scan(Family scanned, byte[] fromInclusive, byte[] toExclusive) {
      RowCursor rows = super.scan(scanned, fromInclusive, toExclusive);
      return scanned == family ? new Blind(rows) : rows;
    }

    private record Blind(RowCursor rows) implements RowCursor {
      @Override
      public boolean next() {
        while (rows.next()) {
          if (rows.value()[0] != KEYED || rows.key()[rows.key().length - 1] % 5 != 0) {
            return true;
          }
        }
        return false;
      }

      @Override
      public void seek(byte[] key) {
        rows.seek(key);
      }

      @Override
      public byte[] key() {
        return rows.key();
      }

      @Override
      public byte[] value() {
        return rows.value();
      }

      @Override
      public void close() {
        rows.close();
      }
    }
  }
}
