package dev.swarmlog.storage.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Reads the end of a swarm's telemetry, from the newest bucket back. For any thread. */
final class LatestTelemetry {

  private static final byte[] ABOVE_ALL_BUCKETS = {-1};

  private final KeyValueStore store;

  LatestTelemetry(KeyValueStore store) {
    this.store = store;
  }

  /** The last operations of a swarm, oldest first. */
  List<StoredOperation> read(String swarm, int maxOperations) {
    List<StoredOperation> newestFirst = new ArrayList<>();
    try (RowCursor rows =
        store.scanDescending(Family.TELEMETRY, TelemetryKeys.bucket(0), ABOVE_ALL_BUCKETS)) {
      while (newestFirst.size() < maxOperations && rows.next()) {
        byte[] bucket = Arrays.copyOf(rows.key(), Long.BYTES);
        readBucket(TelemetryKeys.swarm(bucket, swarm), maxOperations, newestFirst);
        // On to the row before this bucket; the bucket's own bytes alone are not a key.
        rows.seek(bucket);
      }
    }
    Collections.reverse(newestFirst);
    return newestFirst;
  }

  private void readBucket(byte[] prefix, int maxOperations, List<StoredOperation> newestFirst) {
    try (RowCursor rows =
        store.scanDescending(Family.TELEMETRY, prefix, TelemetryKeys.after(prefix))) {
      while (newestFirst.size() < maxOperations && rows.next()) {
        newestFirst.add(operation(rows.value()));
      }
    }
  }

  private static StoredOperation operation(byte[] stored) {
    try {
      Operation operation = Operation.parseFrom(stored);
      return new StoredOperation(
          operation.getOpId(),
          operation.getOpId(),
          KeyValueTelemetryLog.scope(operation),
          operation.getOperationClass(),
          KeyValueTelemetryLog.NO_HASH,
          operation.getExpiresAtUnixNano(),
          stored);
    } catch (InvalidProtocolBufferException e) {
      throw new StorageException(
          StorageException.Kind.DAMAGED,
          "Expected telemetry rows that can be read, but one cannot. Remove the directory"
              + " 'telemetry' to start without the old telemetry.",
          e);
    }
  }
}
