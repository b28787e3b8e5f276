package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.eventlog.KeyStates.KeyState;
import dev.swarmlog.storage.eventlog.ScopeStates.ScopeState;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.OperationOrBuilder;
import java.util.Arrays;

/**
 * Writes one operation to the end of its log, with all rows that follow from it: sums, delta, state
 * and history of its key, and its expiry. Owned by the writer thread.
 */
final class OperationWriter {

  private static final byte[] NOTHING = new byte[0];
  private static final int DELTA_EVENT = OperationClass.OPERATION_CLASS_EVENT.getNumber();
  private static final int DELTA_KEYED = OperationClass.OPERATION_CLASS_KEYED.getNumber();

  private final Digests digests;
  private final KeyStates keys;
  private final ExpiryIndex expiries;

  OperationWriter(Digests digests, KeyStates keys, ExpiryIndex expiries) {
    this.digests = digests;
    this.keys = keys;
    this.expiries = expiries;
  }

  /**
   * Writes an operation.
   *
   * @param operation complete but for {@code key_existed}; its ID is the next one of the log
   * @param valueDigest of the payload, whether it has one or not
   */
  void write(
      Swarm swarm,
      LogHead head,
      ScopeState scope,
      Operation.Builder operation,
      byte[] valueDigest,
      Changes changes) {
    byte[] stored;
    if (isKeyed(operation)) {
      KeyState before = keys.get(new RowKey(stateKey(scope, operation)));
      stored = operation.setKeyExisted(before.isLive()).build().toByteArray();
    } else {
      stored = operation.build().toByteArray();
    }
    byte[] hash = digests.running(head.hash(), stored);
    restore(swarm, head, scope, operation, stored, hash, valueDigest, changes);
  }

  /**
   * Writes an operation that was written before, and all that follows from it, again.
   *
   * @param stored its bytes as they were
   * @param hash the running hash with it
   */
  void restore(
      Swarm swarm,
      LogHead head,
      ScopeState scope,
      OperationOrBuilder operation,
      byte[] stored,
      byte[] hash,
      byte[] valueDigest,
      Changes changes) {
    long opId = operation.getOpId();
    byte[] key = operation.getKeyBytes().toByteArray();
    byte[] stateKey = stateKey(scope, operation);
    if (isKeyed(operation)) {
      leave(swarm, head, scope, key, keys.get(new RowKey(stateKey)), changes);
      byte[] newDigest = operation.getTombstone() ? NOTHING : valueDigest;
      KeyState after =
          new KeyState(opId, newDigest, stored.length, operation.getExpiresAtUnixNano());
      enter(scope, key, new RowKey(stateKey), after, changes);
    } else {
      scope.sums.addEvent(digests.event(opId, scope.digestPart, valueDigest));
      changes.put(
          Family.DELTA,
          Bytes.append(scope.partitionAndScope, opId),
          deltaRow(DELTA_EVENT, NOTHING));
    }
    expire(swarm, head.log, operation, stateKey, changes);
    scope.sums.addOperation();
    changes.put(Family.SCOPE, Bytes.append(scope.partitionAndScope, opId), scope.sums.toRow());

    changes.put(Family.LOG, Bytes.append(head.partition, opId), Bytes.append(hash, stored));
    head.advance(
        new StoredOperation(
            opId,
            operation.getGroupLast(),
            scope.scope,
            operation.getOperationClass(),
            hash,
            operation.getExpiresAtUnixNano(),
            stored),
        hash);
  }

  /**
   * Writes an operation on a key at or below the horizon again; the newest one stays, if it is no
   * tombstone. The sums of its scope count it already, but for its value.
   *
   * @param row its row of {@code log}, as it was
   */
  void restoreBelowHorizon(
      Swarm swarm,
      LogHead head,
      ScopeState scope,
      Operation operation,
      byte[] row,
      Changes changes) {
    byte[] key = operation.getKeyBytes().toByteArray();
    byte[] stateKey = stateKey(scope, operation);
    forget(swarm, head, scope, key, keys.get(new RowKey(stateKey)), changes);
    if (operation.getTombstone()) {
      keys.remove(new RowKey(stateKey), changes);
      return;
    }
    KeyState state =
        new KeyState(
            operation.getOpId(),
            operation.getValueDigest().toByteArray(),
            row.length - Bytes.HASH_BYTES,
            operation.getExpiresAtUnixNano());
    scope.sums.addKey(digests.key(scope.digestPart, key, state.valueDigest()), state.bytes());
    put(scope, key, new RowKey(stateKey), state, changes);
    expire(swarm, head.log, operation, stateKey, changes);
    changes.put(Family.LOG, Bytes.append(head.partition, operation.getOpId()), row);
  }

  /** Takes an older version of a key away, which the horizon has passed. */
  private void forget(
      Swarm swarm, LogHead head, ScopeState scope, byte[] key, KeyState older, Changes changes) {
    if (older.hasOperation()) {
      leave(swarm, head, scope, key, older, changes);
      changes.delete(Family.LOG, Bytes.append(head.partition, older.opId()));
      changes.delete(
          Family.HISTORY, Bytes.append(Keys.versions(scope.partitionAndScope, key), ~older.opId()));
    }
  }

  private void expire(
      Swarm swarm, Log log, OperationOrBuilder operation, byte[] stateKey, Changes changes) {
    long expiresUnixNs = operation.getExpiresAtUnixNano();
    if (expiresUnixNs != 0) {
      byte[] scopeAndKey = Arrays.copyOfRange(stateKey, swarm.key.length, stateKey.length);
      expiries.add(swarm, log, operation.getOpId(), expiresUnixNs, scopeAndKey, changes);
    }
  }

  private static boolean isKeyed(OperationOrBuilder operation) {
    return operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED;
  }

  private static byte[] stateKey(ScopeState scope, OperationOrBuilder operation) {
    return Bytes.append(scope.swarmAndScope, operation.getKeyBytes().toByteArray());
  }

  /** Takes what a key was out of delta, expiries and sums. */
  private void leave(
      Swarm swarm, LogHead head, ScopeState scope, byte[] key, KeyState before, Changes changes) {
    if (before.hasOperation()) {
      changes.deleteOnce(Family.DELTA, Bytes.append(scope.partitionAndScope, before.opId()));
    }
    if (before.expiresUnixNs() != 0) {
      expiries.remove(swarm, head.log, before.opId(), before.expiresUnixNs(), changes);
    }
    if (before.isLive()) {
      scope.sums.removeKey(
          digests.key(scope.digestPart, key, before.valueDigest()), before.bytes());
    }
  }

  /** Puts what a key is now into state, history, delta and sums. */
  private void enter(
      ScopeState scope, byte[] key, RowKey stateKey, KeyState after, Changes changes) {
    scope.sums.addWritten(after.bytes());
    if (after.isLive()) {
      scope.sums.addKey(digests.key(scope.digestPart, key, after.valueDigest()), after.bytes());
    } else {
      scope.sums.addDeletion();
    }
    put(scope, key, stateKey, after, changes);
  }

  private void put(ScopeState scope, byte[] key, RowKey stateKey, KeyState after, Changes changes) {
    keys.put(stateKey, after, changes);
    byte[] version =
        new KeyBuilder(1 + after.valueDigest().length)
            .u8(after.isLive() ? 1 : 0)
            .raw(after.valueDigest())
            .toBytes();
    changes.put(
        Family.HISTORY,
        Bytes.append(Keys.versions(scope.partitionAndScope, key), ~after.opId()),
        version);
    changes.put(
        Family.DELTA,
        Bytes.append(scope.partitionAndScope, after.opId()),
        deltaRow(DELTA_KEYED, key));
  }

  private static byte[] deltaRow(int operationClass, byte[] key) {
    return new KeyBuilder(1 + key.length).u8(operationClass).raw(key).toBytes();
  }
}
