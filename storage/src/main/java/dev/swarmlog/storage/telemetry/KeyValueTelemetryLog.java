package dev.swarmlog.storage.telemetry;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.kv.CloseGuard;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Telemetry over any key-value store. */
public final class KeyValueTelemetryLog implements TelemetryLog {

  /** Telemetry has no running hash. */
  static final byte[] NO_HASH = new byte[0];

  private static final Logger logger = LoggerFactory.getLogger(KeyValueTelemetryLog.class);

  private final KeyValueStore store;
  private Sequences sequences;
  private final CloseGuard guard = new CloseGuard("telemetry log");

  /** Takes over a store; closes it when the log is closed. */
  public KeyValueTelemetryLog(KeyValueStore store) {
    this.store = store;
    this.sequences = new Sequences(store);
  }

  @Override
  public List<StoredOperation> append(
      String swarm, String publisher, List<PublishRecord> records, long loggedUnixNs) {
    guard.enter();
    try {
      WriteSet changes = store.newWriteSet();
      List<StoredOperation> stored = new ArrayList<>(records.size());
      for (PublishRecord record : records) {
        long sequence = sequences.next();
        StoredOperation operation = stored(publisher, record, sequence, loggedUnixNs);
        changes.put(
            Family.TELEMETRY,
            TelemetryKeys.operation(loggedUnixNs, swarm, publisher, sequence),
            operation.bytes());
        stored.add(operation);
      }
      store.write(changes);
      return stored;
    } finally {
      guard.exit();
    }
  }

  @Override
  public long writeOutBuffers(long roomBytes) {
    guard.enter();
    try {
      return store.writeOutBuffers(roomBytes);
    } finally {
      guard.exit();
    }
  }

  @Override
  public void reopen() {
    guard.alone(
        () -> {
          store.reopen();
          sequences = new Sequences(store);
        });
  }

  @Override
  public void sync() {
    guard.enter();
    try {
      store.sync();
    } finally {
      guard.exit();
    }
  }

  @Override
  public List<StoredOperation> readLatest(String swarm, int maxOperations) {
    guard.enter();
    try {
      return new LatestTelemetry(store).read(swarm, maxOperations);
    } finally {
      guard.exit();
    }
  }

  @Override
  public void dropBefore(long unixNs) {
    guard.enter();
    try {
      store.dropRange(Family.TELEMETRY, TelemetryKeys.bucket(0), TelemetryKeys.bucketOf(unixNs));
    } finally {
      guard.exit();
    }
  }

  @Override
  public void close() {
    if (guard.isClosed()) {
      return;
    }
    guard.close();
    try {
      sequences.close();
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DISK_FULL) {
        throw e;
      }
      // A gap in the sequences, as after an unclean stop.
      logger.debug("What is left of a block of sequences is not given back", e);
    } finally {
      store.close();
    }
  }

  private static StoredOperation stored(
      String publisher, PublishRecord record, long sequence, long loggedUnixNs) {
    Operation operation =
        Operation.newBuilder()
            .setOpId(sequence)
            .setGroupFirst(sequence)
            .setGroupLast(sequence)
            .setTopic(record.getTopic())
            .setTarget(record.getTarget())
            .setOperationClass(record.getOperationClass())
            .setKeyBytes(record.getKeyBytes())
            .setPublishTimeUnixNano(record.getPublishTimeUnixNano())
            .setAppendTimeUnixNano(loggedUnixNs)
            .setExpiresAtUnixNano(record.getExpiresAtUnixNano())
            .setPublisher(publisher)
            .setTraceparentBytes(record.getTraceparentBytes())
            .setTracestateBytes(record.getTracestateBytes())
            .setPayload(record.getPayload())
            .build();
    return new StoredOperation(
        sequence,
        sequence,
        scope(operation),
        operation.getOperationClass(),
        NO_HASH,
        operation.getExpiresAtUnixNano(),
        operation.toByteArray());
  }

  static Scope scope(Operation operation) {
    return Scope.newBuilder()
        .setTopic(operation.getTopic())
        .setTarget(operation.getTarget())
        .build();
  }
}
