package dev.swarmlog.storage.eventlog;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.FailureCounts;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.v1.FailedRow;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The operations that agents could not apply: rows of {@code coordination}, all of which are held
 * in memory but for the operations themselves. Owned by the writer thread.
 */
final class FailedOperations {

  private final KeyValueStore store;
  private final Map<Swarm, OfSwarm> bySwarm = new HashMap<>();

  /** What waits, by the time at which it is due; those of one time by their keys. */
  private final TreeSet<Failed> waiting =
      new TreeSet<>(
          Comparator.<Failed>comparingLong(failed -> failed.row().getRetryAtUnixNano())
              .thenComparing(Failed::key, Arrays::compareUnsigned));

  /** Operations that the entry in hand has put beside their rows: they are not in the store yet. */
  private final Map<RowKey, Operation> added = new HashMap<>();

  /** Swarms of which some were added or removed since they were last taken. */
  private final Set<Swarm> changed = new LinkedHashSet<>();

  private int count;

  /**
   * One of them.
   *
   * @param key of its row, which starts with the swarm's
   * @param opId of the operation as it was first delivered
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by its key where it is compared
  record Failed(Swarm swarm, byte[] key, Log log, long opId, FailedRow row) {

    boolean isWaiting() {
      return row.getRetryAtUnixNano() != 0;
    }

    boolean isParked() {
      return row.getParkedUnixNano() != 0;
    }

    boolean isReleased() {
      return row.getReleasedOpId() != 0;
    }
  }

  /** Those of one swarm. */
  private static final class OfSwarm {
    final NavigableMap<byte[], Failed> byKey = new TreeMap<>(Arrays::compareUnsigned);

    /** By the operation as which they came again. Its key is the agent's, with that operation. */
    final NavigableMap<byte[], Failed> released = new TreeMap<>(Arrays::compareUnsigned);

    long parked;
    long retries;
    long bytes;
  }

  /** Reads those of all swarms: one seek per swarm. */
  FailedOperations(KeyValueStore store, Collection<Swarm> swarms) {
    this.store = store;
    for (Swarm swarm : swarms) {
      byte[] prefix = Keys.failures(swarm.key);
      try (RowCursor rows = store.scan(Family.COORDINATION, prefix, Bytes.after(prefix))) {
        while (rows.next()) {
          index(decode(swarm, rows.key(), rows.value()));
        }
      }
    }
    finish();
  }

  /** Reads a row. */
  static Failed decode(Swarm swarm, byte[] key, byte[] value) {
    try {
      Log log = Log.forNumber(key[key.length - Long.BYTES - 1]);
      return new Failed(swarm, key, log, Bytes.trailingLong(key), FailedRow.parseFrom(value));
    } catch (InvalidProtocolBufferException e) {
      throw damaged(swarm, key);
    }
  }

  int count() {
    return count;
  }

  int count(Swarm swarm) {
    return of(swarm).byKey.size();
  }

  long bytes(Swarm swarm) {
    return of(swarm).bytes;
  }

  long parked(Swarm swarm) {
    return of(swarm).parked;
  }

  /** The one that an agent was first given as this operation. */
  @Nullable Failed find(Swarm swarm, String agent, Log log, long opId) {
    return of(swarm).byKey.get(Keys.failed(swarm.key, agent, log, opId));
  }

  /** The one that an agent was given again as this operation. */
  @Nullable Failed findReleased(Swarm swarm, String agent, Log log, long releasedOpId) {
    return of(swarm).released.get(Keys.failed(swarm.key, agent, log, releasedOpId));
  }

  /** Those of an agent in a log, in the order of their operations. */
  List<Failed> of(Swarm swarm, String agent, Log log) {
    byte[] prefix = Keys.failures(swarm.key, agent, log);
    return List.copyOf(of(swarm).byKey.subMap(prefix, Bytes.after(prefix)).values());
  }

  /** All of a swarm, by agent, log and operation. */
  List<Failed> all(Swarm swarm) {
    return List.copyOf(of(swarm).byKey.values());
  }

  /** The operation of one that waits or is parked. */
  Operation operation(Failed failed) {
    byte[] key = Keys.failedOperation(failed.key(), failed.swarm().key.length);
    Operation known = added.get(new RowKey(key));
    if (known != null) {
      return known;
    }
    byte[] row = store.get(Family.COORDINATION, key);
    if (row == null) {
      throw damaged(failed.swarm(), key);
    }
    try {
      return Operation.parseFrom(row);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(failed.swarm(), key);
    }
  }

  /**
   * Adds one that waits or is parked, or replaces what was known of it.
   *
   * @param row without the length of the operation
   */
  Failed put(
      Swarm swarm, String agent, Log log, FailedRow.Builder row, Operation first, Changes changes) {
    byte[] key = Keys.failed(swarm.key, agent, log, first.getOpId());
    byte[] operationKey = Keys.failedOperation(key, swarm.key.length);
    byte[] stored = first.toByteArray();
    Failed failed =
        new Failed(swarm, key, log, first.getOpId(), row.setBytes(stored.length).build());
    forget(of(swarm).byKey.get(key));
    index(failed);
    changes.put(Family.COORDINATION, key, failed.row().toByteArray());
    changes.put(Family.COORDINATION, operationKey, stored);
    added.put(new RowKey(operationKey), first);
    return failed;
  }

  /** One came again as another operation, and waits no more. */
  void released(Failed failed, FailedRow.Builder row, long releasedOpId, Changes changes) {
    forget(failed);
    Failed released =
        new Failed(
            failed.swarm(),
            failed.key(),
            failed.log(),
            failed.opId(),
            row.setReleasedOpId(releasedOpId)
                .clearRetryAtUnixNano()
                .clearParkedUnixNano()
                .clearBytes()
                .build());
    index(released);
    changes.put(Family.COORDINATION, failed.key(), released.row().toByteArray());
    deleteOperation(failed, changes);
  }

  /** Nothing becomes of one any more. */
  void remove(Failed failed, Changes changes) {
    forget(failed);
    changes.delete(Family.COORDINATION, failed.key());
    if (failed.row().getBytes() != 0) {
      deleteOperation(failed, changes);
    }
  }

  /** An agent has applied everything up to an operation, so what came to it again is settled. */
  void settle(Swarm swarm, String agent, Log log, long throughOpId, Changes changes) {
    OfSwarm ofSwarm = bySwarm.get(swarm);
    if (ofSwarm == null || ofSwarm.released.isEmpty()) {
      return;
    }
    byte[] from = Keys.failures(swarm.key, agent, log);
    byte[] to = Keys.failed(swarm.key, agent, log, throughOpId);
    List<Failed> settled = new ArrayList<>(ofSwarm.released.subMap(from, true, to, true).values());
    settled.forEach(failed -> remove(failed, changes));
  }

  /** What came again and is below a horizon will never be heard of any more. */
  void settleBelow(Swarm swarm, Log log, long horizonOpId, Changes changes) {
    OfSwarm ofSwarm = bySwarm.get(swarm);
    if (ofSwarm != null) {
      ofSwarm.released.values().stream()
          .filter(failed -> failed.log() == log && failed.row().getReleasedOpId() <= horizonOpId)
          .toList()
          .forEach(failed -> remove(failed, changes));
    }
  }

  /** When something is to be tried again; empty if nothing is. */
  OptionalLong nextUnixNs() {
    return waiting.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(waiting.first().row().getRetryAtUnixNano());
  }

  /** What is to be tried again by a time, in the order of these times. */
  List<Failed> due(long loggedUnixNs, int atMost) {
    List<Failed> due = new ArrayList<>();
    for (Failed failed : waiting) {
      if (failed.row().getRetryAtUnixNano() > loggedUnixNs || due.size() == atMost) {
        break;
      }
      due.add(failed);
    }
    return due;
  }

  /** Called when an entry has been written. Returns the swarms whose counts have changed. */
  List<Swarm> finish() {
    added.clear();
    List<Swarm> swarms = List.copyOf(changed);
    changed.clear();
    for (Swarm swarm : swarms) {
      OfSwarm ofSwarm = of(swarm);
      swarm.count(new FailureCounts(ofSwarm.parked, ofSwarm.retries, ofSwarm.bytes));
    }
    return swarms;
  }

  private void deleteOperation(Failed failed, Changes changes) {
    byte[] key = Keys.failedOperation(failed.key(), failed.swarm().key.length);
    changes.delete(Family.COORDINATION, key);
    added.remove(new RowKey(key));
  }

  private void index(Failed failed) {
    OfSwarm ofSwarm = bySwarm.computeIfAbsent(failed.swarm(), absent -> new OfSwarm());
    ofSwarm.byKey.put(failed.key(), failed);
    changed.add(failed.swarm());
    ofSwarm.bytes += failed.row().getBytes();
    count++;
    if (failed.isParked()) {
      ofSwarm.parked++;
    } else {
      ofSwarm.retries++;
    }
    if (failed.isWaiting()) {
      waiting.add(failed);
    }
    if (failed.isReleased()) {
      ofSwarm.released.put(releasedKey(failed), failed);
    }
  }

  private void forget(@Nullable Failed failed) {
    if (failed == null) {
      return;
    }
    OfSwarm ofSwarm = of(failed.swarm());
    ofSwarm.byKey.remove(failed.key());
    changed.add(failed.swarm());
    ofSwarm.bytes -= failed.row().getBytes();
    count--;
    if (failed.isParked()) {
      ofSwarm.parked--;
    } else {
      ofSwarm.retries--;
    }
    if (failed.isWaiting()) {
      waiting.remove(failed);
    }
    if (failed.isReleased()) {
      ofSwarm.released.remove(releasedKey(failed));
    }
    if (ofSwarm.byKey.isEmpty()) {
      bySwarm.remove(failed.swarm());
    }
  }

  private OfSwarm of(Swarm swarm) {
    OfSwarm known = bySwarm.get(swarm);
    return known != null ? known : new OfSwarm();
  }

  /** The key of a row, with another operation. */
  private static byte[] releasedKey(Failed failed) {
    byte[] agentAndLog = Arrays.copyOf(failed.key(), failed.key().length - Long.BYTES);
    return Bytes.append(agentAndLog, failed.row().getReleasedOpId());
  }

  private static StorageException damaged(Swarm swarm, byte[] key) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected operation "
            + Bytes.trailingLong(key)
            + " of swarm '"
            + swarm.name
            + "', which an agent could not apply, in its row, but the row is missing or cannot be"
            + " read. Restore the directory from a backup.");
  }
}
