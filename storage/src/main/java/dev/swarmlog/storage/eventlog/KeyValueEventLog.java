package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.Applied;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.FailedOperation;
import dev.swarmlog.storage.FailedPage;
import dev.swarmlog.storage.KeyDigests;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.KeyedBounds;
import dev.swarmlog.storage.OperationFailure;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.RecordedCursor;
import dev.swarmlog.storage.ScrubPoint;
import dev.swarmlog.storage.ScrubStep;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.StoreFigures;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.SwarmState;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.eventlog.PublishedSwarms.Published;
import dev.swarmlog.storage.kv.CloseGuard;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The event log over any key-value store. */
public final class KeyValueEventLog implements EventLog {

  /** The families it keeps its rows in, in the order of a dump. */
  public static final Set<Family> FAMILIES = EnumSet.complementOf(EnumSet.of(Family.TELEMETRY));

  private static final byte[] LOWEST_KEY = new byte[0];
  private static final byte[] ABOVE_ALL_KEYS = new byte[] {-1, -1, -1};

  /** Told what has become durable; the writer thread calls it. */
  public interface DurableListener {

    /** Everything up to that entry is on the device. */
    void durableThrough(long index);

    /** No more calls follow. */
    void close();
  }

  private final KeyValueStore store;
  private final DurableListener durableListener;
  private final CloseGuard guard = new CloseGuard("event log");

  /** Made anew by {@link #reopen}. Writer thread. */
  private EntryApplier applier;

  private final PublishedSwarms published = new PublishedSwarms();
  private final LogReader reader;
  private final KeyReader keys;
  private final ScopeIndex index;
  private final FailureReader failures;
  private final LifeReader lives;

  /** Written by the writer thread after swarms have been published, read by any. */
  private volatile long durableIndex;

  /** Of the entry at the durable index; the same owner. */
  private volatile long durableLoggedUnixNs;

  /** What made the log unusable. Writer thread. */
  private @Nullable RuntimeException failure;

  /**
   * Takes over a store, whose rows are durable. Closes it when the log is closed.
   *
   * @throws StorageException if what it holds is of another format or shard, or does not fit
   *     together
   */
  public KeyValueEventLog(
      KeyValueStore store, int shard, int shardCount, DurableListener durableListener) {
    this.store = store;
    this.durableListener = durableListener;
    ShardFormat.check(store, shard, shardCount);
    this.applier = new EntryApplier(store);
    this.reader = new LogReader(store);
    this.keys = new KeyReader(store);
    this.index = new ScopeIndex(store);
    this.failures = new FailureReader(store);
    this.lives = new LifeReader(store);
    applier.swarms().forEach(published::publish);
    durableIndex = applier.appliedIndex();
    durableLoggedUnixNs = applier.loggedUnixNs();
  }

  @Override
  public Applied apply(Entry entry) {
    applier.check(entry);
    return writing(() -> applier.apply(entry));
  }

  @Override
  public void sync() {
    writing(
        () -> {
          if (applier.appliedIndex() != durableIndex) {
            store.sync();
            durableListener.durableThrough(applier.appliedIndex());
            applier.takeChangedSwarms().forEach(published::publish);
            durableLoggedUnixNs = applier.loggedUnixNs();
            durableIndex = applier.appliedIndex();
          }
          return durableIndex;
        });
  }

  @Override
  public long writeOutBuffers(long roomBytes) {
    return inside(() -> store.writeOutBuffers(roomBytes));
  }

  @Override
  public void reopen() {
    guard.alone(
        () -> {
          store.reopen();
          EntryApplier again = new EntryApplier(store);
          if (again.appliedIndex() != durableIndex) {
            throw new StorageException(
                StorageException.Kind.IO,
                "Expected a log that found no room to end with entry %d as before, but it ends with entry %d."
                    .formatted(durableIndex, again.appliedIndex()));
          }
          applier = again;
          failure = null;
        });
  }

  @Override
  public long appliedIndex() {
    return applier.appliedIndex();
  }

  @Override
  public long durableIndex() {
    return durableIndex;
  }

  @Override
  public long loggedUnixNs() {
    return applier.loggedUnixNs();
  }

  @Override
  public OptionalLong nextTimerUnixNs() {
    return writing(applier::nextTimerUnixNs);
  }

  @Override
  public OptionalLong nextRetryUnixNs() {
    return writing(applier::nextRetryUnixNs);
  }

  @Override
  public Optional<SwarmState> swarm(String name) {
    return Optional.ofNullable(published.find(name)).map(Published::state);
  }

  @Override
  public List<String> swarmNames() {
    return published.names();
  }

  @Override
  public Page read(
      String swarm, Log log, View view, long fromExclusive, long toInclusive, int maxBytes) {
    Published found = checked(swarm, log, fromExclusive, toInclusive);
    return from(
        found,
        log,
        fromExclusive,
        () ->
            reader.read(
                found, log, view, fromExclusive, toInclusive, maxBytes, durableLoggedUnixNs));
  }

  @Override
  public Page readDelta(
      String swarm, Log log, View view, DeltaBounds bounds, long cursor, int maxBytes) {
    if (bounds.start() > cursor) {
      throw new IllegalArgumentException(
          "Expected a cursor from the start " + bounds.start() + " on, but got " + cursor);
    }
    Published found = checked(swarm, log, cursor, bounds.target());
    return inside(
        () ->
            new HorizonWatch(found, log)
                .delta(
                    bounds,
                    cursor,
                    horizon ->
                        reader.readDelta(
                            found,
                            log,
                            view,
                            bounds,
                            cursor,
                            maxBytes,
                            durableLoggedUnixNs,
                            horizon)));
  }

  @Override
  public Page readEvents(
      String swarm, Log log, View view, long fromExclusive, long toInclusive, int maxBytes) {
    Published found = checked(swarm, log, fromExclusive, toInclusive);
    return from(
        found,
        log,
        fromExclusive,
        () ->
            reader.readEvents(
                found, log, view, fromExclusive, toInclusive, maxBytes, durableLoggedUnixNs));
  }

  @Override
  public KeyPage readKeys(
      String swarm, Log log, Scope scope, long atOpId, KeyInterval interval, int maxBytes) {
    Published found = checked(swarm, log, 0, atOpId);
    return from(
        found, log, atOpId, () -> keys.readKeys(found, log, scope, atOpId, interval, maxBytes));
  }

  @Override
  public KeyDigests readKeyDigests(
      String swarm, Log log, Scope scope, long atOpId, KeyInterval interval) {
    Published found = checked(swarm, log, 0, atOpId);
    return from(found, log, atOpId, () -> keys.readKeyDigests(found, log, scope, atOpId, interval));
  }

  @Override
  public long countVersions(
      String swarm,
      Log log,
      Scope scope,
      String key,
      long fromExclusive,
      long toInclusive,
      long atMost) {
    Published found = checked(swarm, log, fromExclusive, toInclusive);
    return fromBeginningOr(
        found,
        log,
        fromExclusive,
        () -> keys.countVersions(found, log, scope, key, fromExclusive, toInclusive, atMost));
  }

  @Override
  public Optional<StoredOperation> newestOfKey(
      String swarm, Log log, Scope scope, String key, long atOpId) {
    Published found = checked(swarm, log, 0, atOpId);
    return fromBeginningOr(
        found,
        log,
        atOpId,
        () -> Optional.ofNullable(keys.newestOfKey(found, log, scope, key, atOpId)));
  }

  @Override
  public long durableLoggedUnixNs() {
    return durableLoggedUnixNs;
  }

  @Override
  public Optional<byte[]> runningHash(String swarm, Log log, long opId) {
    Published found = published.get(swarm);
    if (opId < 0 || opId > found.state().head(log).getOpId()) {
      return Optional.empty();
    }
    return inside(() -> Optional.ofNullable(reader.runningHash(found, log, opId)));
  }

  @Override
  public long count(String swarm, Log log, View view, long fromExclusive, long toInclusive) {
    Published found = checked(swarm, log, fromExclusive, toInclusive);
    if (view.all()) {
      return toInclusive - fromExclusive;
    }
    byte[] partition = Keys.partition(found.key(), log);
    return betweenKnown(
        found,
        log,
        fromExclusive,
        toInclusive,
        () -> index.count(partition, view, fromExclusive, toInclusive));
  }

  @Override
  public KeyedBounds keyedBounds(
      String swarm, Log log, View view, long fromExclusive, long toInclusive) {
    Published found = checked(swarm, log, fromExclusive, toInclusive);
    byte[] partition = Keys.partition(found.key(), log);
    return betweenKnown(
        found,
        log,
        fromExclusive,
        toInclusive,
        () -> index.keyedBounds(partition, view, fromExclusive, toInclusive));
  }

  @Override
  public List<ScopeSums> sums(String swarm, Log log, View view, long atOpId) {
    Published found = checked(swarm, log, 0, atOpId);
    byte[] partition = Keys.partition(found.key(), log);
    return fromBeginningOr(found, log, atOpId, () -> index.sums(partition, view, atOpId));
  }

  @Override
  public List<StoredOperation> newestInScope(String swarm, Log log, Scope scope, int atMost) {
    Published found = published.get(swarm);
    return inside(() -> reader.newestInScope(found, log, scope, atMost));
  }

  @Override
  public List<Skipped> lostEvents(
      String swarm, Log log, View view, List<ScopeSums> held, long throughOpId) {
    Map<Scope, ScopeSums> byScope =
        held.stream()
            .collect(Collectors.toMap(ScopeSums::getScope, sums -> sums, (first, again) -> again));
    return LostEvents.between(sums(swarm, log, view, throughOpId), byScope);
  }

  @Override
  public long recordedCursor(String swarm, String agent, Log log) {
    Published found = published.get(swarm);
    return inside(
        () -> {
          byte[] row = store.get(Family.COORDINATION, Keys.cursor(found.key(), agent, log));
          return row == null ? 0 : Bytes.getLong(row, 0);
        });
  }

  @Override
  public List<RecordedCursor> recordedCursors(String swarm, Log log, int atMost) {
    Published found = published.get(swarm);
    return inside(() -> lives.cursors(found.key(), log, atMost));
  }

  @Override
  public Optional<StoredOperation> operation(String swarm, Log log, long opId) {
    Published found = published.get(swarm);
    if (opId <= found.state().horizonOpId(log) || opId > found.state().head(log).getOpId()) {
      return Optional.empty();
    }
    return inside(() -> Optional.ofNullable(lives.operation(found.key(), log, opId)));
  }

  @Override
  public long nextOfKey(String swarm, Log log, Scope scope, String key, long opId) {
    Published found = checked(swarm, log, 0, opId);
    long head = found.state().head(log).getOpId();
    return from(found, log, opId, () -> lives.nextOfKey(found.key(), log, scope, key, opId, head));
  }

  @Override
  public List<OperationFailure> failuresOf(String swarm, Log log, long opId) {
    Published found = published.get(swarm);
    return inside(() -> lives.failures(found.key(), log, opId));
  }

  @Override
  public FailedPage readFailed(
      String swarm,
      String agent,
      boolean withRetries,
      Optional<FailedOperation.Id> after,
      int atMost,
      long maxBytes) {
    Published found = published.get(swarm);
    return inside(() -> failures.read(found.key(), agent, withRetries, after, atMost, maxBytes));
  }

  @Override
  public Optional<FailedOperation> findFailed(String swarm, FailedOperation.Id id) {
    Published found = published.get(swarm);
    return inside(() -> failures.find(found.key(), id));
  }

  @Override
  public ScrubStep scrub(ScrubPoint from, int maxBytes) {
    return inside(() -> Scrub.step(store, from, maxBytes));
  }

  @Override
  public void dump(Consumer<Row> rows) {
    inside(
        () -> {
          for (Family family : FAMILIES) {
            try (RowCursor cursor = store.scan(family, LOWEST_KEY, ABOVE_ALL_KEYS)) {
              while (cursor.next()) {
                rows.accept(new Row(family.label(), cursor.key(), cursor.value()));
              }
            }
          }
          return FAMILIES;
        });
  }

  /**
   * Checks that the newest operation of each log is where the head says, with its hash. Cheap: one
   * seek per log.
   *
   * @throws StorageException if it is not
   */
  public void verifyHeads() {
    for (Swarm swarm : applier.swarms()) {
      verifyHead(swarm, swarm.main);
      verifyHead(swarm, swarm.control);
    }
  }

  private void verifyHead(Swarm swarm, LogHead head) {
    try (RowCursor newestFirst =
        store.scanDescending(Family.LOG, head.partition, Bytes.after(head.partition))) {
      boolean any = newestFirst.next();
      long last = any ? Bytes.trailingLong(newestFirst.key()) : 0;
      byte[] lastHash = any ? StoredRows.runningHash(newestFirst.value()) : new byte[0];
      Horizon horizon = head.horizon().get();
      if (last < horizon.opId()) {
        // Its row has gone.
        last = horizon.opId();
        lastHash = horizon.runningHash();
      }
      if (last != head.opId() || last > 0 && !Arrays.equals(lastHash, head.hash())) {
        throw new StorageException(
            StorageException.Kind.DAMAGED,
            "Expected "
                + Swarms.describe(swarm, head.log)
                + " to end with operation "
                + head.opId()
                + ", but it ends with "
                + last
                + " or with another one of that number. Restore the directory from a backup.");
      }
    }
  }

  @Override
  public void close() {
    if (guard.isClosed()) {
      return;
    }
    try {
      if (failure == null) {
        sync();
      }
    } finally {
      guard.close();
      try {
        durableListener.close();
      } finally {
        store.close();
      }
    }
  }

  private Published checked(String swarm, Log log, long fromExclusive, long toInclusive) {
    Published found = published.get(swarm);
    long head = found.state().head(log).getOpId();
    if (fromExclusive < 0 || fromExclusive > toInclusive || toInclusive > head) {
      throw new IllegalArgumentException(
          "Expected an interval within (0, "
              + head
              + "], but got ("
              + fromExclusive
              + ", "
              + toInclusive
              + "]");
    }
    return found;
  }

  private <T> T from(Published swarm, Log log, long opId, Supplier<T> reading) {
    return inside(() -> new HorizonWatch(swarm, log).from(opId, reading));
  }

  private <T> T fromBeginningOr(Published swarm, Log log, long opId, Supplier<T> reading) {
    return inside(() -> new HorizonWatch(swarm, log).fromBeginningOr(opId, reading));
  }

  /** Answers what sums tell of an interval: each end is 0 or not below the horizon. */
  private <T> T betweenKnown(
      Published swarm, Log log, long fromExclusive, long toInclusive, Supplier<T> reading) {
    return fromBeginningOr(
        swarm, log, toInclusive, () -> fromBeginningOr(swarm, log, fromExclusive, reading));
  }

  @Override
  public StoreFigures storeFigures() {
    return inside(store::figures);
  }

  private <T> T writing(Supplier<T> action) {
    if (failure != null) {
      throw new StorageException(
          StorageException.Kind.IO,
          "Expected a usable event log, but an earlier write failed. End the process.",
          failure);
    }
    return inside(
        () -> {
          try {
            return action.get();
          } catch (RuntimeException e) {
            failure = e;
            throw e;
          }
        });
  }

  private <T> T inside(Supplier<T> action) {
    guard.enter();
    try {
      return action.get();
    } finally {
      guard.exit();
    }
  }
}
