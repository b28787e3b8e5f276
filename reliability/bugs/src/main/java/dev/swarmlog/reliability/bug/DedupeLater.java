package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@link SeededBug#DEDUPE_OUTSIDE_BATCH}: rows of `meta` that tell what has been published before
 * leave in a batch of their own, with the next entry. Who asks meanwhile is answered from memory,
 * so that nothing is wrong before the process ends.
 */
final class DedupeLater implements StoreLayers {

  @Override
  public KeyValueStore over(KeyValueStore store) {
    return Altered.of(KeyValueStore.class, store, new SplitWrites(store));
  }

  /** A set of changes without the rows that are held back. */
  private record Split(WriteSet written, Map<ByteBuffer, byte[]> heldBack) implements WriteSet {
    @Override
    public void put(Family family, byte[] key, byte[] value) {
      if (RawKeys.tellsOfPublished(family, key)) {
        heldBack.put(ByteBuffer.wrap(key), value);
      } else {
        written.put(family, key, value);
      }
    }

    @Override
    public void delete(Family family, byte[] key) {
      heldBack.remove(ByteBuffer.wrap(key));
      written.delete(family, key);
    }

    @Override
    public void deleteOnce(Family family, byte[] key) {
      written.deleteOnce(family, key);
    }
  }

  /** Owned by the writer thread, as all that asks for these rows. */
  static final class SplitWrites {
    private final KeyValueStore store;
    private Map<ByteBuffer, byte[]> heldBack = new LinkedHashMap<>();

    SplitWrites(KeyValueStore store) {
      this.store = store;
    }

    byte @Nullable [] get(Family family, byte[] key) {
      byte[] held = family == Family.META ? heldBack.get(ByteBuffer.wrap(key)) : null;
      return held != null ? held : store.get(family, key);
    }

    WriteSet newWriteSet() {
      return new Split(store.newWriteSet(), new LinkedHashMap<>());
    }

    void write(WriteSet changes) {
      Split split = (Split) changes;
      writeHeldBack();
      store.write(split.written());
      heldBack = split.heldBack();
    }

    void close() {
      writeHeldBack();
      store.close();
    }

    private void writeHeldBack() {
      WriteSet late = store.newWriteSet();
      heldBack.forEach((key, value) -> late.put(Family.META, key.array(), value));
      store.write(late);
      heldBack = new LinkedHashMap<>();
    }
  }
}
