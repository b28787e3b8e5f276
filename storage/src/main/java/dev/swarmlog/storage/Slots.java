package dev.swarmlog.storage;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Where a swarm lies: its name hashes to one of 1,024 slots, and slots are spread over shards in
 * equal runs.
 *
 * <p>The slot is the first ten bits of SHA-256 over the name in UTF-8. Part of the format.
 */
public final class Slots {

  /** How many there are. */
  public static final int COUNT = 1024;

  private Slots() {}

  /** Slot of a swarm, 0 to 1023. */
  public static int slotOf(String swarm) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(swarm.getBytes(StandardCharsets.UTF_8));
      return (hash[0] & 0xff) << 2 | (hash[1] & 0xff) >>> 6;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Expected SHA-256 in every JDK, but it is missing", e);
    }
  }

  /** Shard that holds a slot. */
  public static int shardOfSlot(int slot, int shardCount) {
    return slot * shardCount / COUNT;
  }

  /** Shard that holds a swarm. */
  public static int shardOf(String swarm, int shardCount) {
    return shardOfSlot(slotOf(swarm), shardCount);
  }
}
