package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one entry changes so far: a write set, and an overlay through which the rest of the entry
 * sees it.
 *
 * <p>The overlay holds the families that apply reads back ({@code state}, {@code meta}); the others
 * are only written.
 */
final class Changes {

  private final KeyValueStore store;
  private final WriteSet writes;
  private final Map<RowKey, Change> overlay = new HashMap<>();

  Changes(KeyValueStore store) {
    this.store = store;
    this.writes = store.newWriteSet();
  }

  /** A row of {@code state} or {@code meta}, as this entry has left it. */
  byte @Nullable [] get(Family family, byte[] key) {
    Change change = overlay.get(new RowKey(family, key));
    return change == null ? store.get(family, key) : change.value;
  }

  void put(Family family, byte[] key, byte[] value) {
    writes.put(family, key, value);
    if (isReadBack(family)) {
      overlay.put(new RowKey(family, key), new Change(value));
    }
  }

  void delete(Family family, byte[] key) {
    writes.delete(family, key);
    if (isReadBack(family)) {
      overlay.put(new RowKey(family, key), new Change(null));
    }
  }

  /** As {@link WriteSet#deleteOnce}, for a family that is not read back. */
  void deleteOnce(Family family, byte[] key) {
    writes.deleteOnce(family, key);
  }

  /** Writes everything, as one. */
  void write() {
    store.write(writes);
  }

  private static boolean isReadBack(Family family) {
    return family == Family.STATE || family == Family.META;
  }

  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  private record Change(byte @Nullable [] value) {}

  /** A key that is compared by its bytes. */
  private static final class RowKey {
    private final Family family;
    private final byte[] key;
    private final int hash;

    RowKey(Family family, byte[] key) {
      this.family = family;
      this.key = key;
      this.hash = Arrays.hashCode(key) * 31 + family.ordinal();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof RowKey that
          && that.hash == hash
          && that.family == family
          && Arrays.equals(that.key, key);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
