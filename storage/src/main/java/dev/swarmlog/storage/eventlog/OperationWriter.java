package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.eventlog.KeyStates.KeyState;
import dev.swarmlog.storage.eventlog.ScopeStates.ScopeState;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
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
    long opId = operation.getOpId();
    byte[] key = operation.getKeyBytes().toByteArray();
    byte[] stateKey = Bytes.append(scope.swarmAndScope, key);
    byte[] stored;
    if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED) {
      KeyState before = keys.get(new RowKey(stateKey));
      stored = operation.setKeyExisted(before.isLive()).build().toByteArray();
      leave(swarm, head, scope, key, before, changes);
      byte[] newDigest = operation.getTombstone() ? NOTHING : valueDigest;
      KeyState after =
          new KeyState(opId, newDigest, stored.length, operation.getExpiresAtUnixNano());
      enter(scope, key, new RowKey(stateKey), after, changes);
    } else {
      stored = operation.build().toByteArray();
      scope.sums.addEvent(digests.event(opId, scope.digestPart, valueDigest));
      changes.put(
          Family.DELTA,
          Bytes.append(scope.partitionAndScope, opId),
          deltaRow(DELTA_EVENT, NOTHING));
    }
    if (operation.getExpiresAtUnixNano() != 0) {
      byte[] scopeAndKey = Arrays.copyOfRange(stateKey, swarm.key.length, stateKey.length);
      expiries.add(swarm, head.log, opId, operation.getExpiresAtUnixNano(), scopeAndKey, changes);
    }
    scope.sums.addOperation();
    changes.put(Family.SCOPE, Bytes.append(scope.partitionAndScope, opId), scope.sums.toRow());

    byte[] hash = digests.running(head.hash(), stored);
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
