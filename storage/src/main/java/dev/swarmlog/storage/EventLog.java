package dev.swarmlog.storage;

import dev.swarmlog.storage.v1.Entry;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
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
 */
public interface EventLog extends AutoCloseable {

  /** The version of the rules of apply that this code writes. */
  int ENTRY_VERSION = 2;

  /** Answers remembered per producer and log; part of the format. */
  int DEDUPE_WINDOW = 1024;

  /** How long an idempotency key is remembered, on the logged clock; part of the format. */
  long IDEMPOTENCY_TTL_NS = 24L * 3600 * 1_000_000_000L;

  /** How many operations one {@code Expire} handles at most; part of the rules of apply. */
  int MAX_EXPIRED_PER_COMMAND = 1_024;

  /**
   * Applies an entry to the state and writes all it changes as one batch. Not durable, and not
   * visible to readers, before the next {@link #sync}.
   *
   * <p>The same entries applied to the same state give the same bytes, on any machine.
   *
   * @param entry has {@code index = appliedIndex() + 1} and a logged time not before the last one's
   * @return one outcome per command, in order, and what was appended
   * @throws StorageException if the batch cannot be written; the log is unusable afterwards
   */
  Applied apply(Entry entry);

  /**
   * Makes everything applied so far durable and visible to readers.
   *
   * @throws StorageException if the device refuses; not retried, the process must end
   */
  void sync();

  /** Index of the last entry applied; 0 if none. Writer thread. */
  long appliedIndex();

  /** Index of the last entry that is durable; 0 if none. */
  long durableIndex();

  /** Logged time of the last entry; 0 if none. Writer thread. */
  long loggedUnixNs();

  /**
   * The earliest time at which a live key or an event expires, as applied; empty if nothing does.
   * An {@code Expire} in an entry of that logged time or later handles it. Writer thread.
   */
  OptionalLong nextExpiryUnixNs();

  /**
   * The swarm of that name, with its durable heads. Held in memory: safe to call from an event
   * loop.
   */
  Optional<SwarmState> swarm(String name);

  /** Names of all swarms, ascending. */
  List<String> swarmNames();

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
   * Reads a run of the keyed state of a scope as it was at an operation. Exact whatever has been
   * appended since, and the same for every call.
   *
   * @param afterKey exclusive, in the order of the keys' UTF-8 bytes; empty for the beginning
   * @param maxBytes the page ends with the key that reaches it
   */
  KeyPage readKeys(String swarm, Log log, Scope scope, long atOpId, String afterKey, int maxBytes);

  /**
   * Reads digests of a run of the keyed state of a scope as it was at an operation. Looks at some
   * thousands of keys at most, live or not.
   *
   * @param afterKey exclusive, in the order of the keys' UTF-8 bytes; empty for the beginning
   */
  KeyDigests readKeyDigests(String swarm, Log log, Scope scope, long atOpId, String afterKey);

  /** How many operations a key has in {@code (fromExclusive, toInclusive]}, counting to a bound. */
  long countVersions(
      String swarm,
      Log log,
      Scope scope,
      String key,
      long fromExclusive,
      long toInclusive,
      long atMost);

  /** The newest operation of a key at or below an operation; a tombstone if the key was deleted. */
  Optional<StoredOperation> newestOfKey(
      String swarm, Log log, Scope scope, String key, long atOpId);

  /**
   * The running hash at an operation, 16 bytes; empty if there is no such operation. 16 zero bytes
   * at 0.
   */
  Optional<byte[]> runningHash(String swarm, Log log, long opId);

  /**
   * How many operations of a view lie in {@code (fromExclusive, toInclusive]}. A few seeks per
   * scope.
   */
  long count(String swarm, Log log, View view, long fromExclusive, long toInclusive);

  /**
   * Bounds of the keyed operations of a view in {@code (fromExclusive, toInclusive]}, and the size
   * of its keyed state at the end. A few seeks per scope.
   */
  KeyedBounds keyedBounds(String swarm, Log log, View view, long fromExclusive, long toInclusive);

  /**
   * Running sums at an operation, one per scope of the view that had any operation by then, in
   * ascending order of scope.
   */
  List<ScopeSums> sums(String swarm, Log log, View view, long atOpId);

  /**
   * Last acknowledged operation of an agent as recorded, durable or not: the agent itself is the
   * authority. 0 if none.
   */
  long recordedCursor(String swarm, String agent, Log log);

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
