package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.ReadableRows;
import dev.swarmlog.storage.kv.ReadableRows.Gap;
import dev.swarmlog.storage.kv.WriteSet;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.v1.Operation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations that an agent refused and was given again, where a repair cuts off that other
 * operation: they wait again, and are due at once. Owned by one thread.
 */
final class CutRetries {

  private final List<CutRetry> all = new ArrayList<>();

  /**
   * One of them.
   *
   * @param key of its row, which ends with the operation as it was first delivered
   */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  private record CutRetry(LogSurvey log, byte[] key, FailedRow row) {}

  /** One whose first operation is kept. */
  void add(LogSurvey log, byte[] key, FailedRow row) {
    all.add(new CutRetry(log, key, row));
  }

  /** The row where nothing behind an operation is left: what the agent says of the next is news. */
  static FailedRow since(FailedRow row, long throughOpId) {
    return row.toBuilder().setRefusedOpId(Math.min(row.getRefusedOpId(), throughOpId)).build();
  }

  /**
   * Writes them into the store in which the logs have been rebuilt. One of which neither operation
   * can be read any more stays away; the second one is told as lost.
   *
   * @param loggedUnixNs the time up to which the store has come
   */
  void write(ReadableRows source, KeyValueStore target, long loggedUnixNs) {
    for (CutRetry retry : all) {
      Operation first = first(retry, source, target);
      if (first == null) {
        continue;
      }
      // One at a time: together they may be more than fits into memory.
      WriteSet changes = target.newWriteSet();
      byte[] stored = first.toByteArray();
      FailedRow waiting =
          since(retry.row(), retry.log().wholeThroughOpId()).toBuilder()
              .clearReleasedOpId()
              .setRetryAtUnixNano(Math.max(1, loggedUnixNs))
              .setBytes(stored.length)
              .build();
      byte[] operationKey = Keys.failedOperation(retry.key(), RowOwner.BEHIND_SWARM);
      changes.put(Family.COORDINATION, retry.key(), waiting.toByteArray());
      changes.put(Family.COORDINATION, operationKey, stored);
      target.write(changes);
    }
  }

  private static @Nullable Operation first(
      CutRetry retry, ReadableRows source, KeyValueStore target) {
    byte[] partition = retry.log().partition();
    long firstOpId = Bytes.trailingLong(retry.key());
    byte[] kept = target.get(Family.LOG, Bytes.append(partition, firstOpId));
    if (kept != null) {
      return StoredRows.whole(kept, firstOpId);
    }
    ReadOperation again = new ReadOperation();
    long againOpId = retry.row().getReleasedOpId();
    source.walk(
        Family.LOG,
        Bytes.append(partition, againOpId),
        Bytes.append(partition, againOpId + 1),
        again);
    return again.operation == null ? null : OriginalOperations.madeOf(again.operation);
  }

  /** One operation of a damaged store, if it can be read. */
  private static final class ReadOperation implements ReadableRows.Listener {
    private @Nullable Operation operation;

    @Override
    public void row(byte[] key, byte[] value) {
      try {
        operation = StoredRows.whole(value, Bytes.trailingLong(key));
      } catch (StorageException e) {
        operation = null;
      }
    }

    @Override
    public void gap(Gap gap) {
      // The survey has told it.
    }
  }
}
