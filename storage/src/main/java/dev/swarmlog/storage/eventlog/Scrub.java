package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.ScrubPoint;
import dev.swarmlog.storage.ScrubStep;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.RowCursor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads all rows of a shard piece by piece, so that damage is found before somebody needs what is
 * damaged. For any thread.
 */
final class Scrub {

  private static final List<Family> FAMILIES = List.copyOf(KeyValueEventLog.FAMILIES);
  private static final byte[] ABOVE_ALL_KEYS = {-1, -1, -1};
  private static final byte[] LOWEST_KEY = {};

  private final KeyValueStore store;
  private final Digests digests = new Digests();
  private byte[] previousKey = LOWEST_KEY;
  private byte[] previousHash = LOWEST_KEY;

  private Scrub(KeyValueStore store) {
    this.store = store;
  }

  /** Reads on until that many bytes have been read, or a family ends. */
  static ScrubStep step(KeyValueStore store, ScrubPoint from, int maxBytes) {
    return new Scrub(store).step(from, maxBytes);
  }

  private ScrubStep step(ScrubPoint from, int maxBytes) {
    Family family = FAMILIES.get(from.family());
    long bytes = 0;
    try (RowCursor rows = store.scanOnce(family, from.key(), ABOVE_ALL_KEYS)) {
      while (rows.next()) {
        byte[] key = rows.key();
        byte[] value = rows.value();
        bytes += key.length + value.length;
        if (family == Family.LOG && !follows(key, value)) {
          return new ScrubStep(
              nextFamily(from),
              bytes,
              Optional.of(
                  "operation %d of a log has not the running hash that follows from the one before"
                      .formatted(Bytes.trailingLong(key))));
        }
        if (bytes >= maxBytes) {
          byte[] next = Arrays.copyOf(key, key.length + 1);
          return new ScrubStep(
              Optional.of(new ScrubPoint(from.family(), next)), bytes, Optional.empty());
        }
      }
      return new ScrubStep(nextFamily(from), bytes, Optional.empty());
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      return new ScrubStep(
          nextFamily(from),
          bytes,
          Optional.of("family %s: %s".formatted(family.label(), e.getMessage())));
    }
  }

  /** Whether an operation has the hash that it should have; of the first one of a run all do. */
  private boolean follows(byte[] key, byte[] row) {
    int partition = key.length - Long.BYTES;
    boolean next =
        previousKey.length == key.length
            && Arrays.equals(previousKey, 0, partition, key, 0, partition)
            && Bytes.trailingLong(previousKey) + 1 == Bytes.trailingLong(key);
    boolean right = !next || digests.follows(previousHash, row);
    previousKey = key;
    previousHash = StoredRows.runningHash(row);
    return right;
  }

  private static Optional<ScrubPoint> nextFamily(ScrubPoint from) {
    int next = from.family() + 1;
    return next < FAMILIES.size()
        ? Optional.of(new ScrubPoint(next, LOWEST_KEY))
        : Optional.empty();
  }
}
