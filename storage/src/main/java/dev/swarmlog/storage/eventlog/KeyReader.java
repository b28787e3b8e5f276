package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.KeyDigests;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.eventlog.PublishedSwarms.Published;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Scope;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keyed state of scopes at any operation, for any thread.
 *
 * <p>{@code state} has a row for every key there ever was, in order, with its newest operation.
 * Where that lies above the operation asked for, {@code history} has the one that counted then;
 * both are immutable up to there. So pages that are read one after the other, while the log grows,
 * fit together.
 */
final class KeyReader {

  /** Keys looked at for one page, live or not. */
  private static final int MAX_KEYS_PER_PAGE = 16_384;

  private static final int FETCHED_AT_ONCE = 64;

  private final KeyValueStore store;

  KeyReader(KeyValueStore store) {
    this.store = store;
  }

  KeyPage readKeys(
      Published swarm, Log log, Scope scope, long atOpId, KeyInterval keys, int maxBytes) {
    Fetch fetch = new Fetch(swarm, log, maxBytes);
    String through =
        walk(
            swarm,
            log,
            scope,
            atOpId,
            keys,
            (key, version) -> {
              fetch.add(key, version.opId());
              return !fetch.isFull();
            });
    fetch.finish();
    return new KeyPage(
        keys.afterKey(),
        fetch.fullAtKey == null ? through : text(fetch.fullAtKey),
        fetch.operations);
  }

  KeyDigests readKeyDigests(Published swarm, Log log, Scope scope, long atOpId, KeyInterval keys) {
    byte[] digestPart = Scopes.digestPart(scope);
    Digests digests = new Digests();
    List<KeyDigests.KeyDigest> found = new ArrayList<>();
    String through =
        walk(
            swarm,
            log,
            scope,
            atOpId,
            keys,
            (key, version) -> {
              byte[] digest = digests.key(digestPart, key, version.valueDigest());
              return found.add(new KeyDigests.KeyDigest(text(key), digest));
            });
    return new KeyDigests(through, found);
  }

  /** What is done with a key that is live; false ends the walk behind it. */
  private interface LiveKey {
    boolean take(byte[] key, KeyHistory.Version version);
  }

  /**
   * Walks the keys of an interval in order, at most {@value #MAX_KEYS_PER_PAGE} of them.
   *
   * @return the last key looked at, live or not; at the end of the interval, that
   */
  private String walk(
      Published swarm, Log log, Scope scope, long atOpId, KeyInterval keys, LiveKey taker) {
    byte[] encoded = Scopes.encode(scope);
    byte[] states = Bytes.append(swarm.key(), encoded);
    byte[] partition = Keys.partition(swarm.key(), log);
    byte[] partitionAndScope = Bytes.append(partition, encoded);
    int looked = 0;
    try (KeyHistory history = new KeyHistory(store, partition);
        RowCursor rows =
            store.scan(
                Family.STATE,
                behind(states, keys.afterKey(), states),
                behind(states, keys.throughKey(), Bytes.after(states)))) {
      while (rows.next()) {
        byte[] key = Arrays.copyOfRange(rows.key(), states.length, rows.key().length);
        KeyHistory.Version version = at(partitionAndScope, key, rows.value(), atOpId, history);
        boolean goesOn = !version.isLive() || taker.take(key, version);
        looked++;
        if (!goesOn || looked == MAX_KEYS_PER_PAGE) {
          return text(key);
        }
      }
    }
    return keys.throughKey();
  }

  long countVersions(
      Published swarm,
      Log log,
      Scope scope,
      String key,
      long fromExclusive,
      long toInclusive,
      long atMost) {
    byte[] versions = versions(swarm, log, scope, key);
    long count = 0;
    try (RowCursor newestFirst =
        store.scan(
            Family.HISTORY,
            Bytes.append(versions, ~toInclusive),
            Bytes.append(versions, ~fromExclusive))) {
      while (count < atMost && newestFirst.next()) {
        count++;
      }
    }
    return count;
  }

  @Nullable StoredOperation newestOfKey(
      Published swarm, Log log, Scope scope, String key, long atOpId) {
    long opId;
    try (KeyHistory history = new KeyHistory(store, Keys.partition(swarm.key(), log))) {
      opId = history.at(versions(swarm, log, scope, key), atOpId).opId();
    }
    if (opId == 0) {
      return null;
    }
    byte[] row = store.get(Family.LOG, Bytes.append(Keys.partition(swarm.key(), log), opId));
    if (row == null) {
      throw LogReader.missing(swarm, log, opId);
    }
    return StoredRows.operation(row, opId);
  }

  /** A key as of an operation, out of its row of {@code state} if that is old enough. */
  private static KeyHistory.Version at(
      byte[] partitionAndScope, byte[] key, byte[] state, long atOpId, KeyHistory history) {
    long newest = Bytes.getLong(state, 0);
    return newest <= atOpId
        ? new KeyHistory.Version(newest, KeyStates.valueDigest(state))
        : history.at(Keys.versions(partitionAndScope, key), atOpId);
  }

  private static byte[] versions(Published swarm, Log log, Scope scope, String key) {
    byte[] partition = Keys.partition(swarm.key(), log);
    return Keys.versions(Bytes.append(partition, Scopes.encode(scope)), Keys.utf8(key));
  }

  /** The first row behind a key; for an empty one, which no key is, the one given. */
  private static byte[] behind(byte[] states, String key, byte[] ifEmpty) {
    return key.isEmpty()
        ? ifEmpty
        : Bytes.append(Bytes.append(states, Keys.utf8(key)), new byte[1]);
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  /** Gathers operations in the order of keys, reading some at a time, until the page is full. */
  private final class Fetch {

    private final Published swarm;
    private final Log log;
    private final byte[] partition;
    private final int maxBytes;
    private final List<StoredOperation> operations = new ArrayList<>();
    private final List<byte[]> waitingKeys = new ArrayList<>();
    private final List<Long> waitingOpIds = new ArrayList<>();
    private long bytes;

    /** The last key that fitted, once the page is full. */
    private byte @Nullable [] fullAtKey;

    Fetch(Published swarm, Log log, int maxBytes) {
      this.swarm = swarm;
      this.log = log;
      this.partition = Keys.partition(swarm.key(), log);
      this.maxBytes = maxBytes;
    }

    boolean isFull() {
      return fullAtKey != null;
    }

    void add(byte[] key, long opId) {
      waitingKeys.add(key);
      waitingOpIds.add(opId);
      if (waitingKeys.size() == FETCHED_AT_ONCE) {
        finish();
      }
    }

    /** Reads what waits, as far as there is room. */
    void finish() {
      List<byte[]> rowKeys = new ArrayList<>(waitingOpIds.size());
      waitingOpIds.forEach(opId -> rowKeys.add(Bytes.append(partition, opId)));
      List<byte[]> rows = isFull() ? List.of() : store.multiGet(Family.LOG, rowKeys);
      for (int i = 0; i < rows.size() && !isFull(); i++) {
        byte[] row = rows.get(i);
        if (row == null) {
          throw LogReader.missing(swarm, log, waitingOpIds.get(i));
        }
        StoredOperation operation = StoredRows.operation(row, waitingOpIds.get(i));
        operations.add(operation);
        bytes += operation.bytes().length;
        if (bytes >= maxBytes) {
          fullAtKey = waitingKeys.get(i);
        }
      }
      waitingKeys.clear();
      waitingOpIds.clear();
    }
  }
}
