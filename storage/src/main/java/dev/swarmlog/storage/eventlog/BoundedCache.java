package dev.swarmlog.storage.eventlog;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * State by key, read through from the store, the least recently used forgotten first.
 *
 * <p>Forgets only in {@link #trim}, between entries: what an entry has changed is not in the store
 * before it is written.
 */
final class BoundedCache<K, V> {

  private final int maxEntries;
  private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true);

  BoundedCache(int maxEntries) {
    this.maxEntries = maxEntries;
  }

  V get(K key, Function<K, V> load) {
    V value = entries.get(key);
    if (value == null) {
      value = load.apply(key);
      entries.put(key, value);
    }
    return value;
  }

  void put(K key, V value) {
    entries.put(key, value);
  }

  void trim() {
    Iterator<Map.Entry<K, V>> oldest = entries.entrySet().iterator();
    for (int excess = entries.size() - maxEntries; excess > 0; excess--) {
      oldest.next();
      oldest.remove();
    }
  }
}
