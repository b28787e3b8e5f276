package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.KeyedBounds;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The index by scope: which scopes there are, and the running sums of each at any operation. For
 * any thread.
 */
final class ScopeIndex {

  private final KeyValueStore store;

  ScopeIndex(KeyValueStore store) {
    this.store = store;
  }

  /** {@code swarm | partition | scope} of each scope of a view, ascending. */
  List<byte[]> scopes(byte[] partition, View view) {
    if (view.all()) {
      return allScopes(partition);
    }
    List<byte[]> scopes = new ArrayList<>(view.scopes().size());
    for (Scope scope : view.scopes()) {
      scopes.add(Bytes.append(partition, Scopes.encode(scope)));
    }
    scopes.sort(Arrays::compareUnsigned);
    return scopes;
  }

  /** How many operations of a view lie in an interval. */
  long count(byte[] partition, View view, long fromExclusive, long toInclusive) {
    long count = 0;
    for (byte[] scope : scopes(partition, view)) {
      count += opCount(scope, toInclusive) - opCount(scope, fromExclusive);
    }
    return count;
  }

  /** What is known of the keyed part of a delta, and of the keyed state at its end. */
  KeyedBounds keyedBounds(byte[] partition, View view, long fromExclusive, long toInclusive) {
    long deletions = 0;
    long writtenBytes = 0;
    long stateBytes = 0;
    boolean known = true;
    for (byte[] scope : scopes(partition, view)) {
      byte[] to = sumsAt(scope, toInclusive);
      if (to != null) {
        byte[] from = sumsAt(scope, fromExclusive);
        deletions += Sums.deletionsAtMost(to) - (from == null ? 0 : Sums.deletionsAtLeast(from));
        writtenBytes +=
            Sums.writtenBytesAtLeast(to) - (from == null ? 0 : Sums.writtenBytesAtLeast(from));
        known &= Sums.stateBytes(to) != Sums.UNKNOWN;
        stateBytes += Sums.stateBytes(to);
      }
    }
    return new KeyedBounds(
        deletions, writtenBytes, known ? OptionalLong.of(stateBytes) : OptionalLong.empty());
  }

  /** Sums at an operation, of each scope that had any by then. */
  List<ScopeSums> sums(byte[] partition, View view, long atOpId) {
    List<ScopeSums> sums = new ArrayList<>();
    for (byte[] scope : scopes(partition, view)) {
      byte[] row = sumsAt(scope, atOpId);
      if (row != null) {
        sums.add(new Sums(row).toProto(Scopes.decode(scope, partition.length)));
      }
    }
    return sums;
  }

  /** The newest operations of a scope in an interval, newest first. */
  List<Long> newest(byte[] scope, long fromExclusive, long toInclusive, int atMost) {
    List<Long> newest = new ArrayList<>();
    try (RowCursor newestFirst =
        store.scanDescending(
            Family.SCOPE,
            Bytes.append(scope, fromExclusive + 1),
            Bytes.append(scope, toInclusive + 1))) {
      while (newest.size() < atMost && newestFirst.next()) {
        newest.add(Bytes.getLong(newestFirst.key(), scope.length));
      }
    }
    return newest;
  }

  private long opCount(byte[] scope, long atOpId) {
    byte[] row = sumsAt(scope, atOpId);
    return row == null ? 0 : Sums.opCount(row);
  }

  private byte @Nullable [] sumsAt(byte[] scope, long atOpId) {
    try (RowCursor newestFirst =
        store.scanDescending(Family.SCOPE, scope, Bytes.append(scope, atOpId + 1))) {
      return newestFirst.next() ? newestFirst.value() : null;
    }
  }

  /**
   * Leaps from scope to scope, downwards: the newest row of a scope is never removed, so no leap
   * ends among the remains of rows that were.
   */
  private List<byte[]> allScopes(byte[] partition) {
    List<byte[]> scopes = new ArrayList<>();
    try (RowCursor newestFirst =
        store.scanDescending(Family.SCOPE, partition, Bytes.after(partition))) {
      while (newestFirst.next()) {
        byte[] key = newestFirst.key();
        int length = partition.length + Scopes.encodedLength(key, partition.length);
        byte[] scope = Arrays.copyOf(key, length);
        scopes.add(scope);
        newestFirst.seek(scope);
      }
    }
    Collections.reverse(scopes);
    return scopes;
  }
}
