package dev.swarmlog.storage.rocksdb;

/**
 * What a coordinator may spend on its stores, all shards and telemetry together.
 *
 * @param shardCount shards of a new data directory, 1 to 1024; an existing one keeps its own
 * @param blockCacheBytes memory for blocks of files, write buffers included
 * @param writeBufferBytes memory for what is not in files yet; at most half of the block cache
 * @param backgroundBytesPerSecond bound on what flushes and compactions write
 */
public record StorageOptions(
    int shardCount, long blockCacheBytes, long writeBufferBytes, long backgroundBytesPerSecond) {

  /** By how much cache and write buffers are smaller than by default; for tests. */
  public static final String DIVISOR_PROPERTY = "swarmlog.storage.divisor";

  /** Slots that swarms hash to; part of the format. */
  private static final int MAX_SHARDS = 1024;

  public StorageOptions {
    if (shardCount < 1 || shardCount > MAX_SHARDS) {
      throw new IllegalArgumentException(
          "Expected 1 to " + MAX_SHARDS + " shards, but got " + shardCount);
    }
    if (writeBufferBytes < 1 << 20 || writeBufferBytes > blockCacheBytes / 2) {
      throw new IllegalArgumentException(
          "Expected write buffers of at least 1 MiB and at most half of the block cache of "
              + blockCacheBytes
              + " bytes, but got "
              + writeBufferBytes);
    }
    if (backgroundBytesPerSecond < 1 << 20) {
      throw new IllegalArgumentException(
          "Expected at least 1 MiB/s for flushes and compactions, but got "
              + backgroundBytesPerSecond
              + " bytes/s");
    }
  }

  /**
   * Half the cores as shards, 512 MiB of cache with 256 MiB of write buffers in it, 256 MiB/s.
   *
   * <p>Tests of what happens in days divide cache and buffers by {@link #DIVISOR_PROPERTY}, so that
   * they fill in seconds. It is no setting.
   */
  public static StorageOptions defaults() {
    int divisor = Integer.getInteger(DIVISOR_PROPERTY, 1);
    return new StorageOptions(
        Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
        (512L << 20) / divisor,
        (256L << 20) / divisor,
        256L << 20);
  }

  /** The same with another number of shards. */
  public StorageOptions withShardCount(int shards) {
    return new StorageOptions(shards, blockCacheBytes, writeBufferBytes, backgroundBytesPerSecond);
  }
}
