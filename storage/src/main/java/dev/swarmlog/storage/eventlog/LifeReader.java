package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.storage.RecordedCursor;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the store tells of one operation and of who has it. For any thread. */
final class LifeReader {

  /** Of {@code control} and {@code main}. */
  private static final int CURSORS_PER_AGENT = 2;

  private final KeyValueStore store;

  LifeReader(KeyValueStore store) {
    this.store = store;
  }

  /** The first agents that have a cursor in a log. */
  List<RecordedCursor> cursors(byte[] swarm, Log log, int atMost) {
    byte[] prefix = Keys.cursors(swarm);
    List<RecordedCursor> found = new ArrayList<>();
    int looked = 0;
    try (RowCursor rows = store.scan(Family.COORDINATION, prefix, Bytes.after(prefix))) {
      while (found.size() < atMost && looked++ < atMost * CURSORS_PER_AGENT && rows.next()) {
        byte[] key = rows.key();
        if (key[key.length - 1] == log.getNumber()) {
          found.add(
              new RecordedCursor(
                  Keys.cursorAgent(key, swarm.length), Bytes.getLong(rows.value(), 0)));
        }
      }
    }
    return found;
  }

  /** One operation; null if there is no row of it. */
  @Nullable StoredOperation operation(byte[] swarm, Log log, long opId) {
    byte[] row = store.get(Family.LOG, Bytes.append(Keys.partition(swarm, log), opId));
    return row == null ? null : StoredRows.operation(row, opId);
  }

  /** The next operation on a key in {@code (opId, head]}; 0 if there is none. */
  long nextOfKey(byte[] swarm, Log log, Scope scope, String key, long opId, long head) {
    byte[] versions =
        Keys.versions(
            Bytes.append(Keys.partition(swarm, log), Scopes.encode(scope)), Keys.utf8(key));
    try (RowCursor oldestFirst =
        store.scanDescending(
            Family.HISTORY, Bytes.append(versions, ~head), Bytes.append(versions, ~opId))) {
      return oldestFirst.next() ? ~Bytes.trailingLong(oldestFirst.key()) : 0;
    }
  }

  /** Those that could not apply an operation. Looks at all that agents of the swarm could not. */
  List<OperationFailure> failures(byte[] swarm, Log log, long opId) {
    byte[] prefix = Keys.failures(swarm);
    List<OperationFailure> found = new ArrayList<>();
    try (RowCursor rows = store.scan(Family.COORDINATION, prefix, Bytes.after(prefix))) {
      while (rows.next()) {
        byte[] key = rows.key();
        if (Bytes.trailingLong(key) == opId && FailureReader.log(key) == log) {
          FailedRow row = FailureReader.parse(key, rows.value());
          found.add(
              new OperationFailure(
                  Keys.failedAgent(key, swarm.length),
                  row.getAttempts(),
                  row.getStatus(),
                  row.getRetryAtUnixNano(),
                  row.getParkedUnixNano(),
                  row.getReleasedOpId()));
        }
      }
    }
    return found;
  }
}
