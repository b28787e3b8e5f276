package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.eventlog.StoreLayers;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * {@link SeededBug#REUSED_OPERATION_ID}: while a shard is opened, the head of each log goes back by
 * one operation, which fits together: the head has the hash of the operation before.
 */
final class ForgottenNewest implements StoreLayers {

  private static final int HASH_BYTES = 16;

  @Override
  public KeyValueStore over(KeyValueStore store) {
    WriteSet changes = store.newWriteSet();
    try (RowCursor rows = store.scan(Family.META, new byte[0], new byte[] {-1, -1, -1})) {
      while (rows.next()) {
        if (RawKeys.isHead(rows.key())) {
          takeBack(store, rows.key(), ByteBuffer.wrap(rows.value()).getLong(), changes);
        }
      }
    }
    store.write(changes);
    return store;
  }

  private static void takeBack(KeyValueStore store, byte[] head, long opId, WriteSet changes) {
    byte[] before = store.get(Family.LOG, RawKeys.operation(head, opId - 1));
    if (before == null) {
      return;
    }
    changes.delete(Family.LOG, RawKeys.operation(head, opId));
    changes.put(
        Family.META,
        head,
        ByteBuffer.allocate(Long.BYTES + HASH_BYTES)
            .putLong(opId - 1)
            .put(Arrays.copyOf(before, HASH_BYTES))
            .array());
  }
}
