package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Idempotency keys of swarms, each remembered for {@link EventLog#IDEMPOTENCY_TTL_NS} on the logged
 * clock.
 *
 * <p>A forgotten key is as good as none from its expiry on. Its rows are removed by later entries
 * that add keys to the same swarm, up to {@link #PURGED_PER_KEY} for each key added: more than is
 * added, so that they drain. Owned by the writer thread.
 */
final class IdempotencyKeys {

  /** Part of the rules of apply. */
  private static final int PURGED_PER_KEY = 4;

  private final KeyValueStore store;

  /** Keys added by this entry, by swarm. */
  private final Map<Swarm, Integer> added = new LinkedHashMap<>();

  IdempotencyKeys(KeyValueStore store) {
    this.store = store;
  }

  /** The answer remembered under a key, or null. */
  @Nullable Answer find(Swarm swarm, byte[] key, long loggedUnixNs, Changes changes) {
    byte[] row = changes.getMeta(Keys.idempotency(swarm.key, key));
    if (row == null || Bytes.getLong(row, 0) <= loggedUnixNs) {
      return null;
    }
    return Answer.decode(row, Long.BYTES);
  }

  /** The outcome for a group whose key is remembered. */
  static Outcome recall(Swarm swarm, Answer answer, String key, byte[] comparison) {
    return answer.answers(comparison)
        ? answer.toOutcome(swarm.incarnation)
        : Refusals.keyConflict(key);
  }

  void remember(Swarm swarm, byte[] key, Answer answer, long loggedUnixNs, Changes changes) {
    byte[] rowKey = Keys.idempotency(swarm.key, key);
    byte[] old = changes.getMeta(rowKey);
    if (old != null) {
      changes.delete(Family.META, Keys.idempotencyExpiry(swarm.key, Bytes.getLong(old, 0), key));
    }
    long expiry = loggedUnixNs + EventLog.IDEMPOTENCY_TTL_NS;
    byte[] row =
        new KeyBuilder(Long.BYTES + Answer.BYTES).u64(expiry).raw(answer.encode()).toBytes();
    changes.put(Family.META, rowKey, row);
    changes.put(Family.META, Keys.idempotencyExpiry(swarm.key, expiry, key), new byte[0]);
    added.merge(swarm, 1, Integer::sum);
  }

  /** Removes some of what has expired, at the end of an entry. */
  void finish(long loggedUnixNs, Changes changes) {
    added.forEach((swarm, count) -> purge(swarm, count * PURGED_PER_KEY, loggedUnixNs, changes));
    added.clear();
  }

  private void purge(Swarm swarm, int maxRows, long loggedUnixNs, Changes changes) {
    byte[] prefix = Keys.meta(swarm.key, Keys.META_IDEMPOTENCY_EXPIRY);
    byte[] firstLive = Bytes.append(prefix, loggedUnixNs + 1);
    try (RowCursor expired = store.scan(Family.META, prefix, firstLive)) {
      for (int i = 0; i < maxRows && expired.next(); i++) {
        byte[] key =
            Arrays.copyOfRange(expired.key(), prefix.length + Long.BYTES, expired.key().length);
        byte[] rowKey = Keys.idempotency(swarm.key, key);
        byte[] row = changes.getMeta(rowKey);
        // The walk sees the store as it was before this entry, which may have renewed the key.
        if (row != null && Bytes.getLong(row, 0) <= loggedUnixNs) {
          changes.delete(Family.META, rowKey);
        }
        changes.delete(Family.META, expired.key());
      }
    }
  }
}
