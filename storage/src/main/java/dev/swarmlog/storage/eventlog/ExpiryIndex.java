package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.Log;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What has still to expire, in order of time: one row of {@code coordination} for each live key and
 * each event that has an expiry.
 *
 * <p>A key that moves on takes its row away at once, so the index holds live keys and pending
 * events only. Of each swarm a time is held in memory before which it has no row: walks start
 * there, not among the remains of rows that were removed. Owned by the writer thread.
 */
final class ExpiryIndex {

  private final KeyValueStore store;

  /** Swarms that may have a row, by the earliest time at which they may have one. */
  private final TreeSet<Pending> earliestFirst =
      new TreeSet<>(
          Comparator.<Pending>comparingLong(pending -> pending.fromUnixNs)
              .thenComparing(pending -> pending.swarm.key, Arrays::compareUnsigned));

  private final Map<Swarm, Pending> bySwarm = new IdentityHashMap<>();

  /** What the entry in hand has added and not removed: it is not in the store yet. */
  private final TreeMap<byte[], byte[]> added = new TreeMap<>(Arrays::compareUnsigned);

  /** What the entry in hand has removed: it is in the store still. */
  private final Set<RowKey> removed = new HashSet<>();

  /** One swarm. */
  private static final class Pending {
    final Swarm swarm;

    /** No row is earlier. */
    final long fromUnixNs;

    /** A row has this very time. */
    boolean exact = true;

    Pending(Swarm swarm, long fromUnixNs) {
      this.swarm = swarm;
      this.fromUnixNs = fromUnixNs;
    }
  }

  /**
   * An operation whose time has come.
   *
   * @param scopeAndKey the scope, and the key behind it; nothing behind it for an event
   */
  @SuppressWarnings("ArrayRecordComponent") // a decoded row, compared nowhere
  record Due(Swarm swarm, Log log, long opId, byte[] scopeAndKey) {}

  /** Looks up where each swarm's rows begin: one seek per swarm. */
  ExpiryIndex(KeyValueStore store, Collection<Swarm> swarms) {
    this.store = store;
    for (Swarm swarm : swarms) {
      OptionalLong earliest = earliest(swarm, 0);
      if (earliest.isPresent()) {
        put(new Pending(swarm, earliest.getAsLong()));
      }
    }
  }

  /** Adds an operation that expires. */
  void add(
      Swarm swarm, Log log, long opId, long expiresUnixNs, byte[] scopeAndKey, Changes changes) {
    byte[] row = Keys.expiry(swarm.key, expiresUnixNs, log, opId);
    changes.put(Family.COORDINATION, row, scopeAndKey);
    added.put(row, scopeAndKey);
    Pending pending = bySwarm.get(swarm);
    if (pending == null || expiresUnixNs < pending.fromUnixNs) {
      put(new Pending(swarm, expiresUnixNs));
    } else if (expiresUnixNs == pending.fromUnixNs) {
      pending.exact = true;
    }
  }

  /** Removes an operation that has expired or been superseded, unless this entry has done so. */
  void remove(Swarm swarm, Log log, long opId, long expiresUnixNs, Changes changes) {
    byte[] row = Keys.expiry(swarm.key, expiresUnixNs, log, opId);
    if (!removed.add(new RowKey(row))) {
      return;
    }
    changes.deleteOnce(Family.COORDINATION, row);
    added.remove(row);
    Pending pending = bySwarm.get(swarm);
    if (pending != null && pending.fromUnixNs == expiresUnixNs) {
      pending.exact = false;
    }
  }

  /** Removes an operation of an earlier entry that may have expired since. */
  void removeIfPending(Swarm swarm, Log log, long opId, long expiresUnixNs, Changes changes) {
    byte[] row = Keys.expiry(swarm.key, expiresUnixNs, log, opId);
    if (store.get(Family.COORDINATION, row) != null) {
      remove(swarm, log, opId, expiresUnixNs, changes);
    }
  }

  /**
   * Takes out what is due, as the entry in hand has left it: swarms by slot and number, each
   * swarm's rows by time.
   *
   * @param maxTaken at most so many; the rest stays
   */
  List<Due> take(long loggedUnixNs, int maxTaken, Changes changes) {
    List<Swarm> swarms = new ArrayList<>();
    for (Pending pending : earliestFirst) {
      if (pending.fromUnixNs > loggedUnixNs) {
        break;
      }
      swarms.add(pending.swarm);
    }
    swarms.sort((a, b) -> Arrays.compareUnsigned(a.key, b.key));
    List<Due> taken = new ArrayList<>();
    for (Swarm swarm : swarms) {
      take(swarm, loggedUnixNs, maxTaken - taken.size(), taken, changes);
    }
    return taken;
  }

  private void take(
      Swarm swarm, long loggedUnixNs, int maxTaken, List<Due> taken, Changes changes) {
    Pending pending = bySwarm.get(swarm);
    if (pending == null || maxTaken == 0) {
      return;
    }
    byte[] prefix = Keys.expiries(swarm.key);
    byte[] from = Bytes.append(prefix, pending.fromUnixNs);
    byte[] to = Bytes.append(prefix, loggedUnixNs + 1);
    TreeMap<byte[], byte[]> due = new TreeMap<>(Arrays::compareUnsigned);
    due.putAll(added.subMap(from, to));
    try (RowCursor rows = store.scan(Family.COORDINATION, from, to)) {
      for (int stored = 0; stored < maxTaken && rows.next(); ) {
        if (!removed.contains(new RowKey(rows.key()))) {
          due.put(rows.key(), rows.value());
          stored++;
        }
      }
    }
    int left = maxTaken;
    for (Map.Entry<byte[], byte[]> row : due.entrySet()) {
      if (left-- == 0) {
        return;
      }
      long expiresUnixNs = Bytes.getLong(row.getKey(), prefix.length);
      Log log = Log.forNumber(row.getKey()[prefix.length + Long.BYTES]);
      long opId = Bytes.trailingLong(row.getKey());
      taken.add(new Due(swarm, log, opId, row.getValue()));
      remove(swarm, log, opId, expiresUnixNs, changes);
    }
  }

  /** Called when an entry has been written. */
  void finish() {
    added.clear();
    removed.clear();
  }

  /** The earliest expiry there is; called between entries. */
  OptionalLong nextUnixNs() {
    while (!earliestFirst.isEmpty()) {
      Pending first = earliestFirst.first();
      if (first.exact) {
        return OptionalLong.of(first.fromUnixNs);
      }
      OptionalLong earliest = earliest(first.swarm, first.fromUnixNs);
      if (earliest.isPresent()) {
        put(new Pending(first.swarm, earliest.getAsLong()));
      } else {
        earliestFirst.remove(first);
        bySwarm.remove(first.swarm);
      }
    }
    return OptionalLong.empty();
  }

  private OptionalLong earliest(Swarm swarm, long fromUnixNs) {
    byte[] prefix = Keys.expiries(swarm.key);
    try (RowCursor rows =
        store.scan(Family.COORDINATION, Bytes.append(prefix, fromUnixNs), Bytes.after(prefix))) {
      return rows.next()
          ? OptionalLong.of(Bytes.getLong(rows.key(), prefix.length))
          : OptionalLong.empty();
    }
  }

  private void put(Pending pending) {
    Pending old = bySwarm.put(pending.swarm, pending);
    if (old != null) {
      earliestFirst.remove(old);
    }
    earliestFirst.add(pending);
  }
}
