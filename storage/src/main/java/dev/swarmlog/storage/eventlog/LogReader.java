package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.PageBuilder.Fate;
import dev.swarmlog.storage.eventlog.PublishedSwarms.Published;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Skipped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a log for any thread: what a view sees of an interval, and the delta of a view.
 *
 * <p>Memory is bounded by the page, not by the view or the interval: scopes are walked one after
 * the other, and only the smallest operation IDs are kept. All rows it relies on at or below the
 * durable head are immutable, except those of {@code delta}; there each scope is walked by one
 * cursor, which sees one moment of it.
 */
final class LogReader {

  private static final int EXPECTED_OPERATION_BYTES = 256;
  private static final int MIN_IDS_PER_PAGE = 64;
  private static final int MAX_IDS_PER_PAGE = 16_384;
  private static final int FETCHED_AT_ONCE = 64;

  /** A view that sees one in this many operations, or more, is read by walking the log. */
  private static final int DENSE_VIEW = 4;

  private final KeyValueStore store;
  private final ScopeIndex index;
  private final LogRows logRows;

  LogReader(KeyValueStore store) {
    this.store = store;
    this.index = new ScopeIndex(store);
    this.logRows = new LogRows(store);
  }

  Page read(
      Published swarm,
      Log log,
      View view,
      long fromExclusive,
      long toInclusive,
      int maxBytes,
      long loggedUnixNs) {
    byte[] partition = Keys.partition(swarm.key(), log);
    if (fromExclusive == toInclusive) {
      return empty(swarm, log, toInclusive);
    }
    long seen =
        view.all()
            ? toInclusive - fromExclusive
            : index.count(partition, view, fromExclusive, toInclusive);
    if (seen == 0) {
      return empty(swarm, log, toInclusive);
    }
    if (seen >= (toInclusive - fromExclusive) / DENSE_VIEW) {
      return walkLog(swarm, log, view, fromExclusive, toInclusive, maxBytes, loggedUnixNs);
    }
    return collect(
        swarm,
        log,
        view,
        toInclusive,
        maxBytes,
        (scope, ids) -> offerOperations(scope, fromExclusive, toInclusive, ids),
        operation -> fate(operation, loggedUnixNs));
  }

  Page readDelta(
      Published swarm,
      Log log,
      View view,
      DeltaBounds bounds,
      long cursorExclusive,
      int maxBytes,
      long loggedUnixNs,
      Horizon horizon) {
    byte[] partition = Keys.partition(swarm.key(), log);
    long target = bounds.target();
    if (cursorExclusive == target) {
      return empty(swarm, log, target);
    }
    long noEventsThrough = Math.max(horizon.opId(), bounds.noEventsThrough());
    boolean elides = HorizonWatch.mayElide(bounds, horizon.opId());
    Page page;
    try (KeyHistory history = new KeyHistory(store, partition)) {
      DeltaIndex delta = new DeltaIndex(store, history);
      page =
          collect(
              swarm,
              log,
              view,
              target,
              maxBytes,
              (scope, ids) -> delta.offerDue(scope, cursorExclusive, target, noEventsThrough, ids),
              operation ->
                  elides
                          && operation.operation().isKeyed()
                          && delta.isHeld(operation, partition, bounds)
                      ? Fate.NET_ZERO
                      : fate(operation, loggedUnixNs));
    }
    boolean reachesHorizon =
        cursorExclusive < horizon.opId() && horizon.opId() <= page.toInclusive();
    List<Skipped> skipped =
        reachesHorizon
            ? LostEvents.merged(
                LostEvents.between(index.sums(partition, view, horizon.opId()), Map.of()),
                page.skipped())
            : page.skipped();
    return page.of(horizon.opId(), skipped);
  }

  Page readEvents(
      Published swarm,
      Log log,
      View view,
      long fromExclusive,
      long toInclusive,
      int maxBytes,
      long loggedUnixNs) {
    if (fromExclusive == toInclusive) {
      return empty(swarm, log, toInclusive);
    }
    return collect(
        swarm,
        log,
        view,
        toInclusive,
        maxBytes,
        (scope, ids) -> DeltaIndex.offerEvents(store, scope, fromExclusive, toInclusive, ids),
        event -> fate(event, loggedUnixNs));
  }

  private static Fate fate(StoredRows.Parsed operation, long loggedUnixNs) {
    // What became of a key is said by a later operation, not by a clock.
    boolean expired =
        !operation.operation().isKeyed() && operation.operation().isExpired(loggedUnixNs);
    return expired ? Fate.EXPIRED : Fate.SENT;
  }

  /**
   * The running hash at an operation up to the head; null if that was below the horizon and went.
   */
  byte @Nullable [] runningHash(Published swarm, Log log, long opId) {
    if (opId == 0) {
      return new byte[Bytes.HASH_BYTES];
    }
    if (opId == swarm.state().head(log).getOpId()) {
      return swarm.state().head(log).getRunningHash().toByteArray();
    }
    byte[] row = store.get(Family.LOG, Bytes.append(Keys.partition(swarm.key(), log), opId));
    if (row != null) {
      return StoredRows.runningHash(row);
    }
    Horizon horizon = swarm.horizon(log).get();
    if (opId > horizon.opId()) {
      throw missing(swarm, log, opId);
    }
    return opId == horizon.opId() ? horizon.runningHash() : null;
  }

  /** Offers operation IDs of one scope to a page. */
  private interface Source {
    void offer(byte[] scope, SmallestIds ids);
  }

  /** Decides what becomes of an operation. */
  private interface Judge {
    Fate fateOf(StoredRows.Parsed operation);
  }

  private Page collect(
      Published swarm,
      Log log,
      View view,
      long toInclusive,
      int maxBytes,
      Source source,
      Judge judge) {
    List<byte[]> scopes = index.scopes(Keys.partition(swarm.key(), log), view);
    int maxIds =
        Math.min(MAX_IDS_PER_PAGE, Math.max(MIN_IDS_PER_PAGE, maxBytes / EXPECTED_OPERATION_BYTES));
    while (true) {
      SmallestIds ids = new SmallestIds(maxIds);
      for (byte[] scope : scopes) {
        source.offer(scope, ids);
      }
      PageBuilder builder = new PageBuilder(maxBytes);
      boolean all = fetch(swarm, log, ids.ascending(), builder, judge);
      if (!all) {
        return cut(swarm, log, toInclusive, builder);
      }
      if (!ids.isCut()) {
        return page(swarm, log, toInclusive, builder);
      }
      if (builder.dropLastGroup()) {
        return cut(swarm, log, toInclusive, builder);
      }
      // One group is larger than what was looked at; groups are bounded, so this ends.
      maxIds *= 4;
    }
  }

  private void offerOperations(
      byte[] scope, long fromExclusive, long toInclusive, SmallestIds ids) {
    try (RowCursor rows =
        store.scan(
            Family.SCOPE,
            Bytes.append(scope, fromExclusive + 1),
            Bytes.append(scope, toInclusive + 1))) {
      while (rows.next() && ids.offer(Bytes.trailingLong(rows.key()))) {
        // The bound of ids ends the walk.
      }
    }
  }

  /** Fetches operations in order until the page is full. Returns whether all of them went in. */
  private boolean fetch(Published swarm, Log log, long[] opIds, PageBuilder builder, Judge judge) {
    byte[] partition = Keys.partition(swarm.key(), log);
    for (int from = 0; from < opIds.length; from += FETCHED_AT_ONCE) {
      int to = Math.min(opIds.length, from + FETCHED_AT_ONCE);
      List<byte @Nullable []> rows = logRows.get(partition, Arrays.copyOfRange(opIds, from, to));
      for (int i = from; i < to; i++) {
        byte[] row = rows.get(i - from);
        if (row == null) {
          if (opIds[i] <= swarm.horizon(log).get().opId()) {
            // Removed since its index was read: it was owed to nobody who may read here.
            continue;
          }
          throw missing(swarm, log, opIds[i]);
        }
        StoredRows.Parsed parsed = StoredRows.parse(row, opIds[i]);
        if (builder.endsBefore(parsed.operation())) {
          return false;
        }
        builder.add(parsed.operation(), judge.fateOf(parsed));
      }
    }
    return true;
  }

  private Page walkLog(
      Published swarm,
      Log log,
      View view,
      long fromExclusive,
      long toInclusive,
      int maxBytes,
      long loggedUnixNs) {
    byte[] partition = Keys.partition(swarm.key(), log);
    PageBuilder builder = new PageBuilder(maxBytes);
    long expected = fromExclusive + 1;
    byte[] hash = new byte[0];
    try (RowCursor rows =
        store.scan(
            Family.LOG,
            Bytes.append(partition, fromExclusive + 1),
            Bytes.append(partition, toInclusive + 1))) {
      for (; rows.next(); expected++) {
        byte[] row = rows.value();
        if (Bytes.trailingLong(rows.key()) != expected) {
          throw missing(swarm, log, expected);
        }
        StoredRows.Parsed parsed = StoredRows.parse(row, expected);
        StoredOperation operation = parsed.operation();
        if (view.contains(operation.scope())) {
          if (builder.endsBefore(operation)) {
            return cut(swarm, log, toInclusive, builder);
          }
          builder.add(operation, fate(parsed, loggedUnixNs));
        }
        hash = operation.runningHash();
      }
    }
    if (expected != toInclusive + 1) {
      throw missing(swarm, log, expected);
    }
    return builder.build(toInclusive, hash);
  }

  private Page empty(Published swarm, Log log, long toInclusive) {
    return page(swarm, log, toInclusive, new PageBuilder(0));
  }

  /** A page that ends with the group it has come to. */
  private Page cut(Published swarm, Log log, long toInclusive, PageBuilder builder) {
    long groupEnd = Math.min(builder.lastGroupEnd(), toInclusive);
    byte[] hash = runningHash(swarm, log, groupEnd);
    // Below the horizon a group's last operation may have gone. Then nothing that is wanted lies
    // between the last one that is there and the end of the group.
    return hash != null
        ? builder.build(groupEnd, hash)
        : builder.build(builder.last().opId(), builder.last().runningHash());
  }

  private Page page(Published swarm, Log log, long toInclusive, PageBuilder builder) {
    byte[] hash = runningHash(swarm, log, toInclusive);
    if (hash == null) {
      throw missing(swarm, log, toInclusive);
    }
    return builder.build(toInclusive, hash);
  }

  static StorageException missing(Published swarm, Log log, long opId) {
    return new StorageException(
        StorageException.Kind.DAMAGED,
        "Expected operation "
            + opId
            + " in "
            + LogName.of(log)
            + " of swarm '"
            + swarm.state().name()
            + "', but it is missing. Restore the directory from a backup.");
  }

  /** The newest operations of a scope above the horizon, newest first. */
  List<StoredOperation> newestInScope(Published swarm, Log log, Scope scope, int atMost) {
    byte[] partition = Keys.partition(swarm.key(), log);
    long headOpId = swarm.state().head(log).getOpId();
    List<Long> opIds =
        index.newest(
            Bytes.append(partition, Scopes.encode(scope)),
            swarm.state().horizonOpId(log),
            headOpId,
            atMost);
    List<byte[]> rowKeys = opIds.stream().map(opId -> Bytes.append(partition, opId)).toList();
    List<byte[]> rows = store.multiGet(Family.LOG, rowKeys);
    List<StoredOperation> newest = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      // The horizon may have passed it meanwhile.
      byte[] row = rows.get(i);
      if (row != null) {
        newest.add(StoredRows.operation(row, opIds.get(i)));
      }
    }
    return newest;
  }
}
