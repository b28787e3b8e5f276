package dev.swarmlog.storage.rocksdb;

import java.util.concurrent.TimeUnit;

/**
 * How long the parts of opening a shard took, for the log: what a restart after a kill waits for.
 * Used by one thread, which tells it as each part is done.
 */
final class OpeningTimes {

  private final long beganNs = System.nanoTime();
  private long linkedNs = beganNs;
  private long logsReadNs = beganNs;
  private long openedNs = beganNs;
  private long loadedNs = beganNs;
  private long checkedNs = beganNs;
  private long unlinkedNs = beganNs;

  /** Its files are linked into {@code before-opening}. */
  void linked() {
    linkedNs = System.nanoTime();
  }

  /** It is known which entries its write-ahead logs hold. */
  void readLogs() {
    logsReadNs = System.nanoTime();
  }

  /** RocksDB has read its manifest and replayed its write-ahead log. */
  void opened() {
    openedNs = System.nanoTime();
  }

  /** What is kept in memory has been read: swarms, heads, failed operations. */
  void loaded() {
    loadedNs = System.nanoTime();
  }

  /** The heads are what they should be. */
  void checked() {
    checkedNs = System.nanoTime();
  }

  /** The links are gone. */
  void unlinked() {
    unlinkedNs = System.nanoTime();
  }

  /** {@code bench recovery} reads this again. */
  @Override
  public String toString() {
    return ("%d ms: %d to link its files, %d to read its write-ahead log, %d to open the database, %d to read its swarms, %d to check them,"
            + " %d to remove the links")
        .formatted(
            ms(beganNs, unlinkedNs),
            ms(beganNs, linkedNs),
            ms(linkedNs, logsReadNs),
            ms(logsReadNs, openedNs),
            ms(openedNs, loadedNs),
            ms(loadedNs, checkedNs),
            ms(checkedNs, unlinkedNs));
  }

  private static long ms(long fromNs, long toNs) {
    return TimeUnit.NANOSECONDS.toMillis(toNs - fromNs);
  }
}
