package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.OperationClass;
import java.util.Arrays;

/**
 * What a delta may owe of one scope, of {@code (cursor, target]} every event, and of each key the
 * newest operation; and what it leaves out because the reader holds that value already.
 *
 * <p>{@code delta} holds events, and of each key its newest operation now. A key whose newest
 * operation now lies above the target may have had an older one in the interval; its row has left
 * {@code delta}, but {@code history} has it. One cursor walks the scope from {@code cursor} to its
 * end, so a key that moves meanwhile is met exactly once.
 */
final class DeltaIndex {

  private final KeyValueStore store;
  private final KeyHistory history;

  DeltaIndex(KeyValueStore store, KeyHistory history) {
    this.store = store;
    this.history = history;
  }

  /**
   * Whether a reader holds the value already that the newest operation of a key up to the target
   * gives it: one or two seeks.
   *
   * @param newest that operation
   */
  boolean isHeld(StoredRows.Parsed newest, byte[] partition, DeltaBounds bounds) {
    if (!bounds.exact()) {
      return false;
    }
    byte[] scope = Bytes.append(partition, Scopes.encode(newest.operation().scope()));
    byte[] versions = Keys.versions(scope, newest.key());
    KeyHistory.Version held = history.at(versions, bounds.interruptedTarget());
    if (held.opId() > bounds.start()) {
      // It was to come in the delta that was cut off, and did not.
      held = history.at(versions, bounds.base());
    }
    return Arrays.equals(held.valueDigest(), newest.valueDigest());
  }

  /**
   * Offers what is due of one scope.
   *
   * @param noEventsThrough events up to here are not handed out: those up to the horizon, whether
   *     they have been removed yet or not, or all where none is wanted
   */
  void offerDue(
      byte[] scope, long cursorExclusive, long target, long noEventsThrough, SmallestIds ids) {
    byte[] end = Bytes.after(scope);
    try (RowCursor rows = store.scan(Family.DELTA, Bytes.append(scope, cursorExclusive + 1), end)) {
      boolean more = rows.next();
      while (more) {
        long opId = Bytes.trailingLong(rows.key());
        if (opId > target) {
          break;
        }
        boolean lost = opId <= noEventsThrough && !isKeyed(rows.value());
        if (!lost && !ids.offer(opId)) {
          rows.seek(Bytes.append(scope, target + 1));
        }
        more = rows.next();
      }
      for (; more; more = rows.next()) {
        byte[] row = rows.value();
        if (isKeyed(row)) {
          offerVersionAt(
              scope, Arrays.copyOfRange(row, 1, row.length), cursorExclusive, target, ids);
        }
      }
    }
  }

  /** Offers the events of {@code (cursor, target]} only. */
  static void offerEvents(
      KeyValueStore store, byte[] scope, long cursorExclusive, long target, SmallestIds ids) {
    try (RowCursor rows =
        store.scan(
            Family.DELTA,
            Bytes.append(scope, cursorExclusive + 1),
            Bytes.append(scope, target + 1))) {
      boolean more = true;
      while (more && rows.next()) {
        more = isKeyed(rows.value()) || ids.offer(Bytes.trailingLong(rows.key()));
      }
    }
  }

  private static boolean isKeyed(byte[] row) {
    return row[0] == OperationClass.OPERATION_CLASS_KEYED.getNumber();
  }

  /** Offers the newest version of a key at or below the target, if it lies above the cursor. */
  private void offerVersionAt(
      byte[] scope, byte[] key, long cursorExclusive, long target, SmallestIds ids) {
    long opId = history.at(Keys.versions(scope, key), target).opId();
    if (opId > cursorExclusive) {
      ids.offer(opId);
    }
  }
}
