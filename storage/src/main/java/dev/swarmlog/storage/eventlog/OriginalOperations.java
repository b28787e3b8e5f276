package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations that an agent is given again, and the ones they stem from. Owned by the writer thread;
 * sees what earlier entries wrote.
 */
final class OriginalOperations {

  private final KeyValueStore store;
  private final KeyStates keys;

  OriginalOperations(KeyValueStore store, KeyStates keys) {
    this.store = store;
    this.keys = keys;
  }

  /** An operation; null if the log does not hold it any more. */
  @Nullable Operation read(Swarm swarm, Log log, long opId) {
    byte[] row = store.get(Family.LOG, Bytes.append(swarm.head(log).partition, opId));
    return row == null ? null : StoredRows.whole(row, opId);
  }

  /** Whether an agent was given it. */
  static boolean isFor(Operation operation, String agent, List<String> roles) {
    return switch (operation.getTarget().getTargetCase()) {
      case ALL -> true;
      case AGENT -> operation.getTarget().getAgent().equals(agent);
      case ROLE -> roles.contains(operation.getTarget().getRole());
      case TARGET_NOT_SET -> false;
    };
  }

  /**
   * The operation that another one gives an agent again; that one itself if it is the first. Where
   * the first has been compacted it is made of the other, which has all of it but its group and its
   * time.
   */
  Operation first(Swarm swarm, Log log, Operation operation) {
    Origin origin = operation.getOrigin();
    if (origin.getOperationClass() == OperationClass.OPERATION_CLASS_UNSPECIFIED) {
      return operation;
    }
    Operation first = read(swarm, log, origin.getOpId());
    return first != null ? first : madeOf(operation);
  }

  /** The first operation, made of one that gives it again: its group and its time are not known. */
  static Operation madeOf(Operation again) {
    Origin origin = again.getOrigin();
    Operation.Builder made =
        again.toBuilder()
            .setOpId(origin.getOpId())
            .setGroupFirst(origin.getOpId())
            .setGroupLast(origin.getOpId())
            .setTarget(origin.getTarget())
            .setOperationClass(origin.getOperationClass())
            .setKey(origin.getKey())
            .setTombstone(origin.getTombstone())
            .clearOrigin();
    return (origin.getTombstone() ? made.clearValueDigest() : made).build();
  }

  /** Whether a later operation has set its key. */
  boolean isSuperseded(Swarm swarm, Operation first) {
    if (first.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
      return false;
    }
    byte[] scope =
        Scopes.encode(
            Scopes.canonical(
                first.getTopic(),
                Scopes.kindOf(first.getTarget()),
                Scopes.nameOf(first.getTarget())));
    byte[] stateKey =
        Bytes.append(Bytes.append(swarm.key, scope), first.getKeyBytes().toByteArray());
    return keys.get(new RowKey(stateKey)).opId() > first.getOpId();
  }

  /** Whether it is worthless by now. */
  boolean hasExpired(Operation first, long loggedUnixNs) {
    return first.getExpiresAtUnixNano() != 0 && first.getExpiresAtUnixNano() <= loggedUnixNs;
  }
}
