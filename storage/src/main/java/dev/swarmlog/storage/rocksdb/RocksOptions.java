package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.kv.Family;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.WALRecoveryMode;

/**
 * The options of one RocksDB instance, with the native objects behind them.
 *
 * <p>Recovery: a torn tail is what a killed process leaves, so it opens ({@code
 * TolerateCorruptedTailRecords}); anything else that is wrong with the write-ahead log refuses to
 * open. What looks like a torn tail but is damage is found by {@link DurableMark}. Families are
 * flushed together ({@code atomic_flush}), so that a manifest that lost its end cannot leave one
 * family older than another.
 */
final class RocksOptions implements AutoCloseable {

  /** A torn tail opens, and nothing else that is damaged: ADR 0010. */
  static final WALRecoveryMode WAL_RECOVERY = WALRecoveryMode.TolerateCorruptedTailRecords;

  private static final long BLOB_MIN_BYTES = 4096;
  private static final long MAX_FAMILY_BUFFER_BYTES = 32L << 20;

  /** As RocksDB has both by default where a write buffer is 32 MiB. */
  private static final int FILE_BYTES_PER_BUFFER_BYTE = 2;

  private static final int LEVEL_BYTES_PER_BUFFER_BYTE = 8;
  private static final int BLOCK_BYTES = 16 * 1024;
  private static final double BLOOM_BITS_PER_KEY = 10;
  private static final int MAX_OPEN_FILES = 4096;

  /**
   * One flush and two compactions: a family of small files need not wait for that of a large one.
   */
  private static final int BACKGROUND_JOBS = 3;

  /**
   * What is let through where a family has {@link #DELAYED_FROM_FILES} files that are not merged:
   * see ADR 0039.
   */
  private static final long DELAYED_BYTES_PER_SECOND = 16L << 20;

  private static final int DELAYED_FROM_FILES = 20;
  private static final int STOPPED_FROM_FILES = 64;

  /**
   * Families whose keys ascend within a log or scope: each insert finds its place from the last one
   * there.
   */
  private static final Set<Family> APPENDED = EnumSet.of(Family.LOG, Family.SCOPE, Family.DELTA);

  private final List<AbstractNativeReference> owned = new ArrayList<>();
  private final SharedResources shared;

  RocksOptions(SharedResources shared) {
    this.shared = shared;
  }

  DBOptions database() {
    Properties properties = new Properties();
    verifyWriteAheadLogs(properties);
    // Or every file would name the machine that wrote it.
    properties.setProperty("db_host_id", "swarmlog");
    return own(databaseOptions(properties))
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setParanoidChecks(true)
        .setWalRecoveryMode(WAL_RECOVERY)
        .setAtomicFlush(true)
        .setMaxTotalWalSize(2 * shared.writeBufferBytes)
        .setMaxOpenFiles(MAX_OPEN_FILES)
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setDelayedWriteRate(DELAYED_BYTES_PER_SECOND)
        .setWriteBufferManager(shared.writeBuffers)
        .setRateLimiter(shared.rateLimiter)
        // One thread writes; the machinery for several only costs.
        .setAllowConcurrentMemtableWrite(false)
        .setEnableWriteThreadAdaptiveYield(false)
        .setStatsDumpPeriodSec(0)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(4L << 20)
        .setKeepLogFileNum(3);
  }

  /**
   * Has synced logs noted in the manifest, and each log name its predecessor, so that a hole
   * between two logs is found. Only reachable this way.
   */
  static void verifyWriteAheadLogs(Properties properties) {
    trackWriteAheadLogs(properties);
    properties.setProperty("track_and_verify_wals", "true");
  }

  /**
   * Has synced logs noted in the manifest, and those that are noted there held against it. RocksDB
   * 11.8 cannot do without on a manifest that notes some: it crashes where it may not write.
   */
  static void trackWriteAheadLogs(Properties properties) {
    properties.setProperty("track_and_verify_wals_in_manifest", "true");
  }

  /** Of a whole database that is read only. */
  static DBOptions readingOptions() {
    Properties properties = new Properties();
    trackWriteAheadLogs(properties);
    return databaseOptions(properties);
  }

  ColumnFamilyOptions family(Family family) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(shared.blockCache)
            .setBlockSize(BLOCK_BYTES)
            .setCacheIndexAndFilterBlocks(true)
            .setCacheIndexAndFilterBlocksWithHighPriority(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFormatVersion(6);
    // Only `state` and `meta` are read by whole key, which is what a bloom filter speaks about;
    // `history` is sought.
    if (family == Family.STATE || family == Family.META) {
      table.setFilterPolicy(own(new BloomFilter(BLOOM_BITS_PER_KEY)));
    }
    long bufferBytes = Math.min(MAX_FAMILY_BUFFER_BYTES, shared.writeBufferBytes / 2);
    ColumnFamilyOptions options =
        own(columnFamilyOptions(family))
            .setTableFormatConfig(table)
            .setCompactionStyle(CompactionStyle.LEVEL)
            .setLevelCompactionDynamicLevelBytes(true)
            .setWriteBufferSize(bufferBytes)
            .setTargetFileSizeBase(FILE_BYTES_PER_BUFFER_BYTE * bufferBytes)
            .setMaxBytesForLevelBase(LEVEL_BYTES_PER_BUFFER_BYTE * bufferBytes)
            .setLevel0SlowdownWritesTrigger(DELAYED_FROM_FILES)
            .setLevel0StopWritesTrigger(STOPPED_FROM_FILES)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION);
    if (family == Family.LOG) {
      options
          .setEnableBlobFiles(true)
          .setMinBlobSize(BLOB_MIN_BYTES)
          .setBlobCompressionType(CompressionType.LZ4_COMPRESSION)
          .setEnableBlobGarbageCollection(true);
    }
    if (family == Family.META) {
      // Until it is known what its files said at first: see RocksInstance.
      options.setDisableAutoCompactions(true);
    }
    return options;
  }

  private static ColumnFamilyOptions columnFamilyOptions(Family family) {
    if (!APPENDED.contains(family)) {
      return new ColumnFamilyOptions();
    }
    Properties properties = new Properties();
    // Only reachable this way.
    properties.setProperty("memtable_insert_with_hint_prefix_extractor", "capped:19");
    return known(properties, ColumnFamilyOptions.getColumnFamilyOptionsFromProps(properties));
  }

  /** Options that are only reachable by name, among them. */
  static DBOptions databaseOptions(Properties properties) {
    return known(properties, DBOptions.getDBOptionsFromProps(properties));
  }

  private static <T> T known(Properties properties, @Nullable T options) {
    if (options == null) {
      throw new IllegalStateException(
          "Expected RocksDB to know " + properties + ", but it does not");
    }
    return options;
  }

  private <T extends AbstractNativeReference> T own(T reference) {
    owned.add(reference);
    return reference;
  }

  @Override
  public void close() {
    for (int i = owned.size() - 1; i >= 0; i--) {
      owned.get(i).close();
    }
  }
}
