package dev.swarmlog.reliability.bug;

import dev.swarmlog.storage.kv.Family;
import java.nio.ByteBuffer;

/**
 * What is known here of the keys of rows, after the drawing in the storage's {@code Keys}: bugs
 * change rows behind the back of the code that made them.
 */
final class RawKeys {

  private static final int SWARM_BYTES = 10;
  private static final int META_HEAD = 0x11;
  private static final int META_PRODUCER = 0x13;
  private static final int META_IDEMPOTENCY_EXPIRY = 0x16;

  private RawKeys() {}

  /** Whether a row holds numbers and answers of a producer, or an idempotency key. */
  static boolean tellsOfPublished(Family family, byte[] key) {
    return family == Family.META
        && key.length > SWARM_BYTES
        && !isOfShard(key)
        && key[SWARM_BYTES] >= META_PRODUCER
        && key[SWARM_BYTES] <= META_IDEMPOTENCY_EXPIRY;
  }

  /** Whether a row of `meta` holds the head of a log. */
  static boolean isHead(byte[] key) {
    return key.length > SWARM_BYTES && !isOfShard(key) && key[SWARM_BYTES] == META_HEAD;
  }

  /** The key of an operation in `log`, by the key of its log's head. */
  static byte[] operation(byte[] headKey, long opId) {
    int partitionBytes = headKey.length - SWARM_BYTES - 1;
    return ByteBuffer.allocate(SWARM_BYTES + partitionBytes + Long.BYTES)
        .put(headKey, 0, SWARM_BYTES)
        .put(headKey, SWARM_BYTES + 1, partitionBytes)
        .putLong(opId)
        .array();
  }

  /** Whether a row of `meta` holds applied index and logged time. */
  static boolean isApplied(byte[] key) {
    return key.length == SWARM_BYTES + 1 && isOfShard(key) && key[SWARM_BYTES] == 0x02;
  }

  /** Rows of the shard have a slot that no swarm has, rows of a slot a swarm number of 0. */
  private static boolean isOfShard(byte[] key) {
    return ByteBuffer.wrap(key).getLong(2) == 0;
  }
}
