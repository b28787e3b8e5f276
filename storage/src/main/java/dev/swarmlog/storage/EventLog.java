package dev.swarmlog.storage;

import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Skipped;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The committed logs of one shard, {@code control} and {@code main} of each of its swarms.
 *
 * <p><b>Threads.</b> {@link #apply}, {@link #sync} and {@link #close} belong to the shard's writer
 * thread. Everything else may be called from any thread, at any time until close, and sees only
 * what is durable: an entry becomes visible to readers when the {@link #sync} after its {@link
 * #apply} has returned.
 *
 * <p>Readers get copies, one bounded page at a time; nothing they hold pins the store.
 *
 * <p><b>The horizon.</b> A log may be compacted up to an operation, its horizon (ADR 0017).
 * Whatever is asked from the horizon on is answered as if it never had been, however much is
 * removed while the call reads. What is asked below it is refused with a {@link
 * BelowHorizonException}, also where the horizon passes between two pages, or during a call;
 * exceptions to this are told at the methods.
 */
public interface EventLog extends AutoCloseable {

  /** The version of the rules of apply that this code writes. */
  int ENTRY_VERSION = 5;

  /** Epochs of a swarm that are remembered beside the one in force; part of the rules of apply. */
  int MAX_ANCESTORS = 64;

  /** Answers remembered per producer and log; part of the format. */
  int DEDUPE_WINDOW = 1024;

  /** How long an idempotency key is remembered, on the logged clock; part of the format. */
  long IDEMPOTENCY_TTL_NS = 24L * 3600 * 1_000_000_000L;

  /** How many operations one {@code Expire} handles at most; part of the rules of apply. */
  int MAX_EXPIRED_PER_COMMAND = 1_024;

  /** How many operations one {@code Compact} passes at most; part of the rules of apply. */
  int MAX_COMPACTED_PER_COMMAND = 1_024;

  /**
   * After how much it stops, unless a single publish group is larger: bytes of the operations it
   * passes, and sixteen times those of their keys; part of the rules of apply. So what it reads and
   * what it writes are bounded, each by some megabytes at worst.
   */
  int MAX_COMPACTED_COST_PER_COMMAND = 4 << 20;

  /** Longest time after which an operation is tried again; part of the rules of apply. */
  long MAX_RETRY_DELAY_NS = 24L * 3600 * 1_000_000_000L;

  /** Operations that agents could not apply, of one swarm; part of the rules of apply. */
  int MAX_FAILED_PER_SWARM = 10_000;

  /** The same of all swarms of a shard; part of the rules of apply. */
  int MAX_FAILED_PER_SHARD = 100_000;

  /** Bytes of those that wait to be tried again or are parked; part of the rules of apply. */
  long MAX_FAILED_BYTES_PER_SWARM = 256L << 20;

  /** How many operations one command tries again or purges at most; part of the rules of apply. */
  int MAX_RETRIED_PER_COMMAND = 1_024;

  /** After how many bytes of them it stops; part of the rules of apply. */
  long MAX_RETRIED_BYTES_PER_COMMAND = 8L << 20;

  /**
   * Applies an entry to the state and writes all it changes as one batch. Not durable, and not
   * visible to readers, before the next {@link #sync}.
   *
   * <p>The same entries applied to the same state give the same bytes, on any machine.
   *
   * @param entry has {@code index = appliedIndex() + 1} and a logged time not before the last one's
   * @return one outcome per command, in order, and what was appended
   * @throws StorageException if the batch cannot be written; the log takes no entry afterwards,
   *     unless the kind is {@code DISK_FULL} and {@link #reopen} succeeds
   */
  Applied apply(Entry entry);

  /**
   * Takes the log up again after an entry that found no room. That entry is not there then, and
   * never will be. Readers wait while the store is opened. Writer thread.
   *
   * @throws StorageException of kind {@code DISK_FULL} while there still is no room: readers go on,
   *     and this may be called again; of another kind if it cannot be told what became of the
   *     entry, the process must end then
   */
  void reopen();

  /**
   * Makes everything applied so far durable and visible to readers.
   *
   * @throws StorageException if the device refuses; not retried, the process must end
   */
  void sync();

  /**
   * Has what is not in files yet become files, in the background, if there is room for them. Any
   * thread that may block.
   *
   * @param roomBytes what the files may take
   * @return what they take at most
   */
  long writeOutBuffers(long roomBytes);

  /** Index of the last entry applied; 0 if none. Writer thread. */
  long appliedIndex();

  /** Index of the last entry that is durable; 0 if none. */
  long durableIndex();

  /** Logged time of the last entry; 0 if none. Writer thread. */
  long loggedUnixNs();

  /**
   * The earliest time at which a live key or an event expires, or an operation is to be tried
   * again, as applied; empty if there is none. An {@code Expire} and a {@code ReleaseRetries} in an
   * entry of that logged time or later handle it. Writer thread.
   */
  OptionalLong nextTimerUnixNs();

  /** Of these the earliest at which an operation is to be tried again. Writer thread. */
  OptionalLong nextRetryUnixNs();

  /**
   * The swarm of that name, with its durable heads. Held in memory: safe to call from an event
   * loop.
   */
  Optional<SwarmState> swarm(String name);

  /** Where a log begins by now: everything up to here has been compacted; 0 if nothing was. */
  default long horizonOpId(String swarm, Log log) {
    return swarm(swarm).map(state -> state.horizonOpId(log)).orElse(0L);
  }

  /** Names of all swarms, ascending. */
  List<String> swarmNames();

  /** What the store takes up; any thread. */
  StoreFigures storeFigures();

  /** Logged time of the last durable entry; 0 if none. What expires is held against it. */
  long durableLoggedUnixNs();

  /**
   * Reads the operations of a view in {@code (fromExclusive, toInclusive]}, without events that
   * have expired.
   *
   * @param swarm name of an existing swarm
   * @param view the scopes wanted; {@link View#everything()} for all
   * @param toInclusive at most the durable head
   * @param maxBytes the page ends after the publish group that reaches it; at least one group is
   *     read
   * @return the page; it ends at {@code toInclusive} or earlier, never inside a publish group
   */
  Page read(String swarm, Log log, View view, long fromExclusive, long toInclusive, int maxBytes);

  /**
   * Reads a run of the minimal delta of a view: of {@code (start, target]} every must-deliver event
   * that has not expired, and of each key that was touched and has another value at the target than
   * the reader holds, exactly the newest operation, in ascending order of operation ID. Of a key
   * that the reader does not hold and that is not live at the target, nothing.
   *
   * <p>Cost: what changed, not what was missed. A whole delta is read by passing the {@link
   * Page#toInclusive()} of one page as {@code cursor} of the next until it equals {@code target}.
   *
   * <p>From the horizon on pages are as they always were, while the base is at or above it, too.
   * Once the horizon has passed the base, nothing is left out any more because it came back to its
   * value: the delta is right and may be larger. A page that begins below the horizon, or a target
   * below it, is refused. Only a delta from nothing may begin below: it has all keyed state, and
   * the events above the horizon; the page that reaches the horizon accounts for those below in
   * {@link Page#skipped}. Its pages below the horizon may end inside a publish group, of which
   * nothing in the view is missing then. See {@link DeltaBounds#after}.
   *
   * @param bounds the same for all pages; the target is at most the durable head
   * @param cursor where this page starts, exclusive; {@code bounds.start()} for the first one
   */
  Page readDelta(String swarm, Log log, View view, DeltaBounds bounds, long cursor, int maxBytes);

  /**
   * Reads the must-deliver events of a view in {@code (fromExclusive, toInclusive]} that have not
   * expired, and nothing keyed.
   */
  Page readEvents(
      String swarm, Log log, View view, long fromExclusive, long toInclusive, int maxBytes);

  /**
   * Reads the beginning of an interval of the keyed state of a scope as it was at an operation.
   * Exact whatever has been appended since, and the same for every call.
   *
   * @param maxBytes the page ends with the key that reaches it, or after some thousands of keys,
   *     live or not
   */
  KeyPage readKeys(String swarm, Log log, Scope scope, long atOpId, KeyInterval keys, int maxBytes);

  /**
   * Reads digests of the beginning of an interval of the keyed state of a scope as it was at an
   * operation. Looks at some thousands of keys at most, live or not.
   */
  KeyDigests readKeyDigests(String swarm, Log log, Scope scope, long atOpId, KeyInterval keys);

  /**
   * How many operations a key has in {@code (fromExclusive, toInclusive]}, counting to a bound.
   * From 0 on, of those that are still there.
   */
  long countVersions(
      String swarm,
      Log log,
      Scope scope,
      String key,
      long fromExclusive,
      long toInclusive,
      long atMost);

  /**
   * The newest operation of a key at or below an operation; a tombstone if the key was deleted
   * above the horizon, empty if below.
   */
  Optional<StoredOperation> newestOfKey(
      String swarm, Log log, Scope scope, String key, long atOpId);

  /**
   * The running hash at an operation, 16 bytes; empty if there is no such operation, or it was
   * below the horizon and has gone. 16 zero bytes at 0.
   */
  Optional<byte[]> runningHash(String swarm, Log log, long opId);

  /**
   * How many operations of a view lie in {@code (fromExclusive, toInclusive]}, those that have been
   * removed included. A few seeks per scope. Both ends are from the horizon on, or 0.
   */
  long count(String swarm, Log log, View view, long fromExclusive, long toInclusive);

  /**
   * Bounds of the keyed operations of a view in {@code (fromExclusive, toInclusive]}, and the size
   * of its keyed state at the end. A few seeks per scope. Both ends are from the horizon on, or 0.
   */
  KeyedBounds keyedBounds(String swarm, Log log, View view, long fromExclusive, long toInclusive);

  /**
   * Running sums at an operation, one per scope of the view that had any operation by then, in
   * ascending order of scope.
   *
   * @param atOpId from the horizon on, or 0
   */
  List<ScopeSums> sums(String swarm, Log log, View view, long atOpId);

  /**
   * The newest operations of a scope above the horizon, newest first.
   *
   * @param atMost how many
   */
  List<StoredOperation> newestInScope(String swarm, Log log, Scope scope, int atMost);

  /**
   * Accounts for the must-deliver events that a reader lacks at an operation, usually the horizon:
   * their number and hash, by scope, ascending. What the log holds of them does not matter: it is
   * the difference of the sums.
   *
   * @param held the reader's own sums, which tell where it stands; none of a scope in which it was
   *     given no event. A scope of which it claims as many events as there are, or more, is left
   *     out
   * @param throughOpId from the horizon on
   */
  List<Skipped> lostEvents(
      String swarm, Log log, View view, List<ScopeSums> held, long throughOpId);

  /**
   * Last acknowledged operation of an agent as recorded, durable or not: the agent itself is the
   * authority. 0 if none.
   */
  long recordedCursor(String swarm, String agent, Log log);

  /**
   * The agents that have ever acknowledged something in a log, as recorded, durable or not; by
   * their names' bytes. Looks at twice as many rows at most.
   *
   * @param atMost the first so many
   */
  List<RecordedCursor> recordedCursors(String swarm, Log log, int atMost);

  /**
   * One operation as it was appended, whether it has expired or not; empty at or below the horizon
   * and above the durable head.
   */
  Optional<StoredOperation> operation(String swarm, Log log, long opId);

  /** The next operation on a key above an operation, which is from the horizon on; 0 if none. */
  long nextOfKey(String swarm, Log log, Scope scope, String key, long opId);

  /**
   * The agents that could not apply one operation, by their names' bytes. As applied, durable or
   * not.
   */
  List<OperationFailure> failuresOf(String swarm, Log log, long opId);

  /**
   * Reads operations that agents could not apply and that are parked, by agent, log and operation.
   * As applied, durable or not.
   *
   * @param agent of this agent only; empty for all
   * @param withRetries also those that wait to be tried again
   * @param after the page begins behind this one; empty for the beginning
   * @param maxBytes the page ends with the operation that reaches it
   */
  FailedPage readFailed(
      String swarm,
      String agent,
      boolean withRetries,
      Optional<FailedOperation.Id> after,
      int atMost,
      long maxBytes);

  /** One of them; empty if it neither waits nor is parked. As applied, durable or not. */
  Optional<FailedOperation> findFailed(String swarm, FailedOperation.Id id);

  /**
   * Reads a piece of all that the shard holds, and holds each block against its checksum and each
   * operation against the running hash, where the one before it is in the same piece. What lies in
   * memory, such as rows of recent entries and cached blocks, is not read from the device.
   *
   * @param from {@link ScrubPoint#START}, or where the step before ended
   * @param maxBytes the step ends with the row that reaches it
   */
  ScrubStep scrub(ScrubPoint from, int maxBytes);

  /**
   * Reads the whole shard row by row, for tests and checks: each call gets family, key and value.
   */
  void dump(Consumer<Row> rows);

  /** One row of the shard. */
  record Row(String family, byte[] key, byte[] value) {}

  /**
   * Releases everything, after a last {@link #sync}. Readers still inside finish first; later ones
   * are refused.
   */
  @Override
  void close();
}
