package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of {@code log} by operation ID, a few at once. For any thread. */
final class LogRows {

  /**
   * Operations of which one in this many is wanted, or more, are walked: a step costs a third of a
   * look-up.
   */
  private static final int DENSE = 2;

  private final KeyValueStore store;

  LogRows(KeyValueStore store) {
    this.store = store;
  }

  /**
   * The rows of some operations of one log, null where there is none.
   *
   * @param opIds ascending; at least one
   */
  List<byte @Nullable []> get(byte[] partition, long[] opIds) {
    long span = opIds[opIds.length - 1] - opIds[0] + 1;
    return span <= (long) DENSE * opIds.length ? walk(partition, opIds) : lookUp(partition, opIds);
  }

  private List<byte @Nullable []> walk(byte[] partition, long[] opIds) {
    List<byte @Nullable []> rows = new ArrayList<>(opIds.length);
    byte[] from = Bytes.append(partition, opIds[0]);
    byte[] to = Bytes.append(partition, opIds[opIds.length - 1] + 1);
    try (RowCursor cursor = store.scan(Family.LOG, from, to)) {
      while (cursor.next()) {
        long opId = Bytes.trailingLong(cursor.key());
        while (opIds[rows.size()] < opId) {
          rows.add(null);
        }
        if (opIds[rows.size()] == opId) {
          rows.add(cursor.value());
        }
      }
    }
    while (rows.size() < opIds.length) {
      rows.add(null);
    }
    return rows;
  }

  private List<byte @Nullable []> lookUp(byte[] partition, long[] opIds) {
    List<byte[]> keys = new ArrayList<>(opIds.length);
    for (long opId : opIds) {
      keys.add(Bytes.append(partition, opId));
    }
    return store.multiGet(Family.LOG, keys);
  }
}
