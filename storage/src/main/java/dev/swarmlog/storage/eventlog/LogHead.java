package dev.swarmlog.storage.eventlog;

import com.google.protobuf.ByteString;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The end of one log, as applied, and what the entry in hand has added to it. Owned by the writer
 * thread.
 *
 * <p>Invariant: {@code entryStart <= opId}, and {@code added} holds the operations between them.
 */
final class LogHead {

  final Log log;

  /** {@code swarm | partition}. */
  final byte[] partition;

  private final byte[] key;
  private final AppliedHorizon horizon = new AppliedHorizon();
  private long opId;
  private byte[] hash;
  private long entryStart;
  private List<StoredOperation> added = new ArrayList<>();

  LogHead(byte[] swarm, Log log) {
    this.log = log;
    this.partition = Keys.partition(swarm, log);
    this.key = Keys.head(swarm, log);
    this.hash = new byte[Bytes.HASH_BYTES];
  }

  /** Takes the head from its row: {@code head op (8) | running hash (16)}. */
  void load(byte[] row) {
    opId = Bytes.getLong(row, 0);
    hash = Arrays.copyOfRange(row, Long.BYTES, Long.BYTES + Bytes.HASH_BYTES);
    entryStart = opId;
  }

  /** How far it has been compacted; readers share it. */
  AppliedHorizon horizon() {
    return horizon;
  }

  byte[] key() {
    return key;
  }

  byte[] toRow() {
    return new KeyBuilder(Long.BYTES + Bytes.HASH_BYTES).u64(opId).raw(hash).toBytes();
  }

  long opId() {
    return opId;
  }

  byte[] hash() {
    return hash;
  }

  void advance(StoredOperation operation, byte[] newHash) {
    opId = operation.opId();
    hash = newHash;
    added.add(operation);
  }

  long entryStart() {
    return entryStart;
  }

  /** Hands over what the entry added, and is ready for the next one. */
  List<StoredOperation> takeAdded() {
    List<StoredOperation> taken = added;
    added = new ArrayList<>();
    entryStart = opId;
    return taken;
  }

  Position position(long incarnation, long epoch) {
    return Position.newBuilder()
        .setIncarnation(incarnation)
        .setEpoch(epoch)
        .setLog(log)
        .setOpId(opId)
        .setRunningHash(ByteString.copyFrom(hash))
        .build();
  }
}
