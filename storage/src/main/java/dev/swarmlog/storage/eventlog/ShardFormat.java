package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.StorageException;
import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.ByteBuffer;

/** The row that says which layouts a shard is written in, and which shard it is. */
final class ShardFormat {

  /**
   * The version of the layouts of {@link Keys} that this code writes. It reads this one and all
   * before it: 1 had no expiry (ADR 0013), 2 no sizes of keyed state (ADR 0015), 3 no horizons (ADR
   * 0017), 4 no failed operations and no rate limits (ADR 0021), 5 no ancestors of epochs (ADR
   * 0035).
   */
  static final int VERSION = 6;

  private ShardFormat() {}

  /**
   * Checks the row, or writes it into an empty store. A store of an older format is marked as one
   * of this format, durably, before anything else is written to it.
   *
   * @throws StorageException if the store is of a newer format, or another shard, or lost the row
   */
  static void check(KeyValueStore store, int shard, int shardCount) {
    byte[] key = Keys.shard(Keys.META_FORMAT);
    byte[] row = store.get(Family.META, key);
    if (row == null) {
      if (store.get(Family.META, AppliedEntry.key()) != null) {
        throw new StorageException(
            StorageException.Kind.DAMAGED,
            "Expected shard "
                + shard
                + " to state its format, but it does not. Restore the directory from a backup.");
      }
      write(store, shard, shardCount);
      return;
    }
    int version = checkReadable(row);
    checkPlace(row, shard, shardCount, StorageException.Kind.DAMAGED);
    if (version < VERSION) {
      write(store, shard, shardCount);
    }
  }

  /**
   * Checks which shard a row says that it is of.
   *
   * @throws StorageException of that kind if it is another one
   */
  static void checkPlace(byte[] row, int shard, int shardCount, StorageException.Kind kind) {
    ByteBuffer found = ByteBuffer.wrap(row, Integer.BYTES, 2 * Integer.BYTES);
    int foundShard = found.getInt();
    int foundCount = found.getInt();
    if (foundShard != shard || foundCount != shardCount) {
      throw new StorageException(
          kind,
          "Expected shard "
              + shard
              + " of "
              + shardCount
              + ", but found shard "
              + foundShard
              + " of "
              + foundCount
              + ". Put the shards' directories, and FORMAT, back where they were.");
    }
  }

  /**
   * Checks that this code knows the format that a row states, and returns it.
   *
   * @throws StorageException if it is newer
   */
  static int checkReadable(byte[] row) {
    int version = ByteBuffer.wrap(row).getInt();
    if (version > VERSION) {
      throw new StorageException(
          StorageException.Kind.NEWER_FORMAT,
          "Expected a shard of format "
              + VERSION
              + " or older, but it is of format "
              + version
              + ". Use the version of Swarmlog that wrote it, or a newer one.");
    }
    return version;
  }

  static void write(KeyValueStore store, int shard, int shardCount) {
    WriteSet changes = store.newWriteSet();
    changes.put(
        Family.META,
        Keys.shard(Keys.META_FORMAT),
        new KeyBuilder(12).u32(VERSION).u32(shard).u32(shardCount).toBytes());
    store.write(changes);
    store.sync();
  }
}
