package dev.swarmlog.storage;

/**
 * What a store takes up and what it has before it, for people to read; all 0 in memory.
 *
 * @param fileBytes files that hold rows
 * @param memtableBytes rows in memory that are not in files yet
 * @param cacheBytes blocks in the cache, which all stores of a data directory share
 * @param pendingCompactionBytes what background compaction has before it, estimated
 * @param writeStopped writes wait until compaction has caught up
 * @param backgroundErrors of flushes and compactions, since the start
 */
public record StoreFigures(
    long fileBytes,
    long memtableBytes,
    long cacheBytes,
    long pendingCompactionBytes,
    boolean writeStopped,
    long backgroundErrors) {

  /** Of a store in memory. */
  public static final StoreFigures NONE = new StoreFigures(0, 0, 0, 0, false, 0);
}
