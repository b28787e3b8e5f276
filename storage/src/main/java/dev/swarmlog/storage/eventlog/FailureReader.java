package dev.swarmlog.storage.eventlog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.FailedOperation;
import dev.swarmlog.storage.FailedPage;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what agents could not apply, from the store. For any thread; sees what is applied. */
final class FailureReader {

  private final KeyValueStore store;

  FailureReader(KeyValueStore store) {
    this.store = store;
  }

  /**
   * Reads a page.
   *
   * @param agent empty for all
   * @param withRetries also those that wait to be tried again, or came again
   * @param after empty for the beginning
   */
  FailedPage read(
      byte[] swarm,
      String agent,
      boolean withRetries,
      Optional<FailedOperation.Id> after,
      int atMost,
      long maxBytes) {
    byte[] prefix = agent.isEmpty() ? Keys.failures(swarm) : Keys.failures(swarm, agent);
    byte[] from =
        after.map(id -> Keys.failed(swarm, id.agent(), id.log(), id.opId() + 1)).orElse(prefix);
    List<FailedOperation> found = new ArrayList<>();
    long bytes = 0;
    try (RowCursor rows = store.scan(Family.COORDINATION, from, Bytes.after(prefix))) {
      while (rows.next()) {
        FailedRow row = parse(rows.key(), rows.value());
        boolean wanted = row.getParkedUnixNano() != 0 || withRetries;
        if (!wanted) {
          continue;
        }
        if (found.size() == atMost || bytes >= maxBytes) {
          return new FailedPage(found, Optional.of(found.get(found.size() - 1).id()));
        }
        Optional<FailedOperation> read =
            row.getReleasedOpId() != 0
                ? readReleased(swarm, rows.key(), row)
                : read(swarm, rows.key(), row);
        if (read.isPresent()) {
          bytes += read.get().operation().getSerializedSize();
          found.add(read.get());
        }
      }
    }
    return new FailedPage(found, Optional.empty());
  }

  /** Reads one; empty if it neither waits nor is parked. */
  Optional<FailedOperation> find(byte[] swarm, FailedOperation.Id id) {
    byte[] key = Keys.failed(swarm, id.agent(), id.log(), id.opId());
    byte[] row = store.get(Family.COORDINATION, key);
    return row == null ? Optional.empty() : read(swarm, key, parse(key, row));
  }

  /** It may have been settled since its row was read. */
  private Optional<FailedOperation> read(byte[] swarm, byte[] key, FailedRow row) {
    byte[] operation = store.get(Family.COORDINATION, Keys.failedOperation(key, swarm.length));
    if (operation == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(failed(swarm, key, row, Operation.parseFrom(operation)));
    } catch (InvalidProtocolBufferException e) {
      throw damaged(key);
    }
  }

  /** It is in the log alone; compacted meanwhile, it is settled. */
  private Optional<FailedOperation> readReleased(byte[] swarm, byte[] key, FailedRow row) {
    long opId = row.getReleasedOpId();
    byte[] stored = store.get(Family.LOG, Bytes.append(Keys.partition(swarm, log(key)), opId));
    if (stored == null) {
      return Optional.empty();
    }
    Operation again =
        StoredRows.whole(stored, opId).toBuilder().setOpId(Bytes.trailingLong(key)).build();
    return Optional.of(failed(swarm, key, row, again));
  }

  private static FailedOperation failed(
      byte[] swarm, byte[] key, FailedRow row, Operation operation) {
    return new FailedOperation(
        Keys.failedAgent(key, swarm.length),
        log(key),
        operation,
        row.getAttempts(),
        row.getStatus(),
        row.getRetryAtUnixNano(),
        row.getParkedUnixNano(),
        row.getReleasedOpId());
  }

  static Log log(byte[] key) {
    return Log.forNumber(key[key.length - Long.BYTES - 1]);
  }

  static FailedRow parse(byte[] key, byte[] value) {
    try {
      return FailedRow.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(key);
    }
  }

  private static StorageException damaged(byte[] key) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected operation "
            + Bytes.trailingLong(key)
            + ", which an agent could not apply, in its row, but the row cannot be read. Restore the"
            + " directory from a backup.");
  }
}
