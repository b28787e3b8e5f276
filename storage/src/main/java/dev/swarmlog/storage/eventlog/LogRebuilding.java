package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.eventlog.ScopeStates.ScopeState;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One log, written anew from its operations into a store that has no row of it: operations, sums,
 * deltas, state, history and expiries. The operations keep their bytes and hashes.
 *
 * <p>First come sums at the horizon, then operations at or below it, then {@link #horizonReached},
 * then those above, each in ascending order, and {@link #finish}. Owned by one thread.
 */
final class LogRebuilding {

  private static final int ROWS_PER_WRITE = 1_000;

  private final KeyValueStore store;
  private final Swarm swarm;
  private final LogHead head;
  private final Digests digests = new Digests();
  private final ScopeStates scopes;
  private final KeyStates keys;
  private final ExpiryIndex expiries;
  private final OperationWriter writer;
  private final Map<RowKey, Long> sumsAt = new LinkedHashMap<>();
  private Changes changes;
  private int pending;
  private boolean sumsPending;

  LogRebuilding(KeyValueStore store, Swarm swarm, Log log, Horizon horizon) {
    this.store = store;
    this.swarm = swarm;
    this.head = swarm.head(log);
    this.scopes = new ScopeStates(store);
    this.keys = new KeyStates(store);
    this.expiries = new ExpiryIndex(store, List.of());
    this.writer = new OperationWriter(digests, keys, expiries);
    this.changes = new Changes(store);
    head.load(horizon.toRow());
    head.horizon().moveTo(horizon);
  }

  /**
   * Sums of a scope at the newest of its operations at or below the horizon; the last one counts.
   */
  void sums(byte[] key, byte[] row) {
    byte[] scope = Arrays.copyOf(key, key.length - Long.BYTES);
    Long before = sumsAt.put(new RowKey(scope), Bytes.trailingLong(key));
    if (before != null) {
      changes.delete(Family.SCOPE, Bytes.append(scope, before));
    }
    Sums sums = new Sums(row);
    sums.removeKeys();
    changes.put(Family.SCOPE, key, sums.toRow());
    sumsPending = true;
    wrote();
  }

  /** An operation at or below the horizon. What is no live key there is left out. */
  void below(long opId, byte[] row) {
    if (sumsPending) {
      // What follows reads them.
      write();
      sumsPending = false;
    }
    Operation operation = StoredRows.whole(row, opId);
    if (operation.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return;
    }
    ScopeState scope = scope(operation);
    sumsAt.putIfAbsent(new RowKey(scope.partitionAndScope), head.horizon().get().opId());
    writer.restoreBelowHorizon(swarm, head, scope, operation, row, changes);
    wrote();
  }

  /** Nothing more comes from below it. */
  void horizonReached() {
    sumsAt.forEach(
        (scope, opId) -> {
          Scope of = Scopes.decode(scope.bytes(), head.partition.length);
          changes.put(
              Family.SCOPE, Bytes.append(scope.bytes(), opId), scopes.get(swarm, of).sums.toRow());
          wrote();
        });
    write();
  }

  /** The next operation above the horizon. */
  void above(long opId, byte[] row) {
    Operation operation = StoredRows.whole(row, opId);
    writer.restore(
        swarm,
        head,
        scope(operation),
        operation,
        Arrays.copyOfRange(row, Bytes.HASH_BYTES, row.length),
        StoredRows.runningHash(row),
        digests.value(operation.getPayload()),
        changes);
    wrote();
  }

  /** Writes head and horizon. */
  void finish() {
    changes.put(Family.META, head.key(), head.toRow());
    Horizon horizon = head.horizon().get();
    if (horizon.opId() > 0) {
      changes.put(Family.META, Keys.horizon(swarm.key, head.log), horizon.toRow());
    }
    write();
  }

  private ScopeState scope(Operation operation) {
    return scopes.get(
        swarm,
        Scope.newBuilder().setTopic(operation.getTopic()).setTarget(operation.getTarget()).build());
  }

  private void wrote() {
    if (++pending >= ROWS_PER_WRITE) {
      write();
    }
  }

  private void write() {
    changes.write();
    changes = new Changes(store);
    pending = 0;
    expiries.finish();
    keys.trim();
    scopes.trim();
    var unused = head.takeAdded();
  }
}
