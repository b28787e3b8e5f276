package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one entry changes so far: a write set, and an overlay through which the rest of the entry
 * sees it.
 *
 * <p>The overlay holds {@code meta}, which several commands of an entry may read and write. Scopes
 * and keys have memories of their own; the other families are only written.
 */
final class Changes {

  private final KeyValueStore store;
  private final WriteSet writes;
  private final Map<RowKey, Change> overlay = new HashMap<>();

  Changes(KeyValueStore store) {
    this.store = store;
    this.writes = store.newWriteSet();
  }

  /** A row of {@code meta}, as this entry has left it. */
  byte @Nullable [] getMeta(byte[] key) {
    Change change = overlay.get(new RowKey(key));
    return change == null ? store.get(Family.META, key) : change.value;
  }

  void put(Family family, byte[] key, byte[] value) {
    writes.put(family, key, value);
    if (family == Family.META) {
      overlay.put(new RowKey(key), new Change(value));
    }
  }

  void delete(Family family, byte[] key) {
    writes.delete(family, key);
    if (family == Family.META) {
      overlay.put(new RowKey(key), new Change(null));
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

  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  private record Change(byte @Nullable [] value) {}
}
