package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.eventlog.CompactedRun.Passed;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.v1.Compact;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves horizons, and removes what nobody at or above them is owed. Owned by the writer thread.
 *
 * <p>Invariant: at or below a horizon, a key has one version at most, and that is live; a scope has
 * one row of sums at most.
 *
 * <p>It reads rows of earlier entries only, and of each log once per entry: what the entry in hand
 * has written or removed is not in the store yet. Whether an operation is the newest of its key is
 * asked of {@link KeyStates}, which knows the entry in hand, too.
 */
final class Compaction {

  private final KeyValueStore store;
  private final KeyStates keys;
  private final ExpiryIndex expiries;
  private final FailedOperations failures;

  /** Logs whose horizon the entry in hand has moved. */
  private final Map<LogHead, Swarm> moved = new LinkedHashMap<>();

  Compaction(KeyValueStore store, KeyStates keys, ExpiryIndex expiries, FailedOperations failures) {
    this.store = store;
    this.keys = keys;
    this.expiries = expiries;
    this.failures = failures;
  }

  /** Moves a horizon towards where it should be, or refuses to and changes nothing. */
  Outcome compact(Swarm swarm, Compact command, Changes changes) {
    if (!GroupRules.isCommittedLog(command.getLog())) {
      return Refusals.invalid(
          "Expected log main or control, but got number " + command.getLogValue());
    }
    LogHead head = swarm.head(command.getLog());
    if (Long.compareUnsigned(command.getUpToOpId(), head.opId()) > 0) {
      return Refusals.invalid(
          "Expected up_to_op_id to be at most the head of "
              + Swarms.describe(swarm, head.log)
              + ", operation "
              + head.opId()
              + ", but got "
              + Long.toUnsignedString(command.getUpToOpId()));
    }
    Horizon from = head.horizon().get();
    // Of what the entry in hand has appended nothing is in the store.
    long limit = Math.min(command.getUpToOpId(), head.entryStart());
    CompactedRun run =
        moved.containsKey(head) || limit <= from.opId()
            ? CompactedRun.NONE
            : CompactedRun.read(store, swarm, head, from.opId(), limit);
    if (run.operations().isEmpty()) {
      return new Outcome.Compacted(from.opId(), /* moved= */ false);
    }
    // Before the first row goes: see AppliedHorizon.
    Horizon to = new Horizon(run.endOpId(), run.runningHash());
    head.horizon().moveTo(to);
    moved.put(head, swarm);
    changes.put(Family.META, Keys.horizon(swarm.key, head.log), to.toRow());
    remove(swarm, head, from.opId(), run.operations(), changes);
    failures.settleBelow(swarm, head.log, to.opId(), changes);
    return new Outcome.Compacted(to.opId(), /* moved= */ true);
  }

  /** Called when an entry has been written. Returns the swarms of which a horizon has moved. */
  List<Swarm> finish() {
    List<Swarm> swarms = new ArrayList<>(moved.values());
    moved.clear();
    return swarms;
  }

  private void remove(
      Swarm swarm, LogHead head, long fromExclusive, List<Passed> operations, Changes changes) {
    Map<RowKey, Long> newestOfScope = new LinkedHashMap<>();
    Map<RowKey, Passed> newestOfKey = new LinkedHashMap<>();
    try (KeyHistory history = new KeyHistory(store, head.partition)) {
      for (Passed operation : operations) {
        byte[] scope = Bytes.append(head.partition, operation.scope());
        Long scopesLast = newestOfScope.put(new RowKey(scope), operation.opId());
        long sums = scopesLast != null ? scopesLast : newestSums(scope, fromExclusive);
        if (sums != 0) {
          changes.deleteOnce(Family.SCOPE, Bytes.append(scope, sums));
        }
        if (operation.isEvent()) {
          removeEvent(swarm, head, scope, operation, changes);
          continue;
        }
        byte[] versions = Keys.versions(scope, operation.key());
        Passed keysLast = newestOfKey.put(new RowKey(versions), operation);
        long older =
            keysLast != null ? keysLast.opId() : history.at(versions, fromExclusive).opId();
        if (older != 0) {
          removeVersion(head, versions, older, changes);
        }
      }
    }
    newestOfKey.forEach(
        (versions, newest) -> {
          if (newest.isTombstone()) {
            removeVersion(head, versions.bytes(), newest.opId(), changes);
            removeState(swarm, head, newest, changes);
          }
        });
  }

  private static void removeVersion(LogHead head, byte[] versions, long opId, Changes changes) {
    changes.deleteOnce(Family.LOG, Bytes.append(head.partition, opId));
    changes.deleteOnce(Family.HISTORY, Bytes.append(versions, ~opId));
  }

  private void removeEvent(Swarm swarm, LogHead head, byte[] scope, Passed event, Changes changes) {
    changes.deleteOnce(Family.LOG, Bytes.append(head.partition, event.opId()));
    changes.deleteOnce(Family.DELTA, Bytes.append(scope, event.opId()));
    if (event.expiresUnixNs() != 0) {
      expiries.removeIfPending(swarm, head.log, event.opId(), event.expiresUnixNs(), changes);
    }
  }

  /** A key that is dead, and has not been published again since. */
  private void removeState(Swarm swarm, LogHead head, Passed tombstone, Changes changes) {
    RowKey state =
        new RowKey(Bytes.append(Bytes.append(swarm.key, tombstone.scope()), tombstone.key()));
    if (keys.get(state).opId() == tombstone.opId()) {
      changes.deleteOnce(
          Family.DELTA,
          Bytes.append(Bytes.append(head.partition, tombstone.scope()), tombstone.opId()));
      keys.remove(state, changes);
    }
  }

  /** The row of sums that was kept at the horizon before; 0 if the scope had none. */
  private long newestSums(byte[] scope, long horizon) {
    try (RowCursor newestFirst =
        store.scanDescending(Family.SCOPE, scope, Bytes.append(scope, horizon + 1))) {
      return newestFirst.next() ? Bytes.trailingLong(newestFirst.key()) : 0;
    }
  }
}
