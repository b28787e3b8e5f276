package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import java.util.ArrayList;
import java.util.List;

/**
 * The operations that a horizon passes with one command: whole publish groups, as many as the rules
 * of apply allow.
 *
 * @param endOpId the last of them
 * @param runningHash there
 * @param operations dense, ascending; empty if no whole group lies in the interval
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record CompactedRun(long endOpId, byte[] runningHash, List<CompactedRun.Passed> operations) {

  static final CompactedRun NONE = new CompactedRun(0, new byte[Bytes.HASH_BYTES], List.of());

  private static final int COST_OF_A_KEY_BYTE = 16;

  /**
   * What matters of an operation.
   *
   * @param scope encoded
   * @param key empty for an event
   */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  record Passed(long opId, byte[] scope, byte[] key, boolean isTombstone, long expiresUnixNs) {

    boolean isEvent() {
      return key.length == 0;
    }
  }

  /**
   * Reads on from a horizon.
   *
   * @param limit where it should be at most, inclusive; at most where the entry in hand began
   */
  static CompactedRun read(
      KeyValueStore store, Swarm swarm, LogHead head, long fromExclusive, long limit) {
    List<Passed> passed = new ArrayList<>();
    CompactedRun whole = NONE;
    int wholeCount = 0;
    long cost = 0;
    try (RowCursor rows =
        store.scan(
            Family.LOG,
            Bytes.append(head.partition, fromExclusive + 1),
            Bytes.append(head.partition, limit + 1))) {
      while (fromExclusive + passed.size() < limit
          && !(wholeCount > 0 && isFull(passed.size(), cost))) {
        long opId = fromExclusive + passed.size() + 1;
        if (!rows.next() || Bytes.trailingLong(rows.key()) != opId) {
          throw missing(swarm, head, opId);
        }
        byte[] row = rows.value();
        StoredRows.Parsed parsed = StoredRows.parse(row, opId);
        passed.add(
            new Passed(
                opId,
                Scopes.encode(parsed.operation().scope()),
                parsed.key(),
                parsed.operation().isKeyed() && parsed.valueDigest().length == 0,
                parsed.operation().expiresAtUnixNs()));
        cost += row.length + (long) COST_OF_A_KEY_BYTE * parsed.key().length;
        boolean endsGroup = parsed.operation().groupLast() == opId;
        if (endsGroup && (wholeCount == 0 || !isOver(passed.size(), cost))) {
          whole = new CompactedRun(opId, parsed.operation().runningHash(), List.of());
          wholeCount = passed.size();
        }
      }
    }
    return new CompactedRun(
        whole.endOpId, whole.runningHash, List.copyOf(passed.subList(0, wholeCount)));
  }

  private static boolean isFull(int count, long cost) {
    return count >= EventLog.MAX_COMPACTED_PER_COMMAND
        || cost >= EventLog.MAX_COMPACTED_COST_PER_COMMAND;
  }

  private static boolean isOver(int count, long cost) {
    return count > EventLog.MAX_COMPACTED_PER_COMMAND
        || cost > EventLog.MAX_COMPACTED_COST_PER_COMMAND;
  }

  private static StorageException missing(Swarm swarm, LogHead head, long opId) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected operation "
            + opId
            + " in "
            + Swarms.describe(swarm, head.log)
            + ", but it is missing. Restore the directory from a backup.");
  }
}
