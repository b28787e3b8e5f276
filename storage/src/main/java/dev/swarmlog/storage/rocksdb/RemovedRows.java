package dev.swarmlog.storage.rocksdb;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets rid of removed rows that lie in write buffers, when cursors have to step over many of them.
 *
 * <p>A row of {@code delta} is removed when its key moves on. In a write buffer both, row and
 * removal, stay until a flush drops them; after 100,000 operations on 1,000 keys a cursor steps
 * over 99,000 of them, which takes longer than all the rest of a delta. RocksDB flushes a full
 * buffer, and a swarm that has become quiet fills none. See ADR 0016.
 *
 * <p>All families are flushed together, as {@link RocksOptions} has it, on RocksDB's own threads.
 * Nobody waits for that, but where RocksDB is behind with compactions: then the one reader that
 * asked waits, so that the writer does not have to. A flush that fails in the background makes the
 * next write fail.
 *
 * <p>May be called from any thread, while the database is open.
 */
final class RemovedRows implements AutoCloseable {

  private static final Logger logger = LoggerFactory.getLogger(RemovedRows.class);

  /** With fewer a cursor loses less than a millisecond. */
  static final long MIN_REMOVED = 4_096;

  /** A row that is met costs a reader about as much as stepping over this many. */
  private static final long MIN_REMOVED_PER_MET = 8;

  /** Each flush makes a file per family, which somebody has to compact. */
  private static final long MIN_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

  private static final String REMOVED_IN_BUFFER = "rocksdb.num-deletes-active-mem-table";
  private static final String BUFFERS_BEING_FLUSHED = "rocksdb.num-immutable-mem-table";

  private final Path directory;
  private final RocksDB database;
  private final List<ColumnFamilyHandle> families;
  private final FlushOptions inBackground =
      new FlushOptions().setWaitForFlush(false).setAllowWriteStall(false);
  private final AtomicLong nextFlushNs = new AtomicLong(System.nanoTime());

  RemovedRows(Path directory, RocksDB database, List<ColumnFamilyHandle> families) {
    this.directory = directory;
    this.database = database;
    this.families = List.copyOf(families);
  }

  /**
   * Hears of a walk that has ended, and asks for a flush if that would have made it shorter.
   *
   * @param removed rows it stepped over, in buffers or in files
   * @param met rows it saw
   */
  void steppedOver(ColumnFamilyHandle family, long removed, long met) {
    if (removed < MIN_REMOVED || removed / MIN_REMOVED_PER_MET < met) {
      return;
    }
    try {
      if (inBuffer(family) >= MIN_REMOVED
          && database.getLongProperty(family, BUFFERS_BEING_FLUSHED) == 0
          && takeTurn()) {
        flush();
      }
    } catch (RocksDBException e) {
      warn(e);
    }
  }

  /** Asks for a flush of all families, whatever was removed. */
  void flush() {
    try {
      database.flush(inBackground, families);
    } catch (RocksDBException e) {
      warn(e);
    }
  }

  /** Whoever asked has what he came for. What is wrong with the device, the writer meets next. */
  private void warn(RocksDBException e) {
    logger.warn(
        "Expected RocksDB to flush the write buffers in {}, but it refused: {}. What is read stays"
            + " slow, and the next write probably fails.",
        directory,
        e.getMessage());
  }

  /** How many removals lie in the write buffer of a family. */
  long inBuffer(ColumnFamilyHandle family) throws RocksDBException {
    return database.getLongProperty(family, REMOVED_IN_BUFFER);
  }

  private boolean takeTurn() {
    long now = System.nanoTime();
    long next = nextFlushNs.get();
    return now - next >= 0 && nextFlushNs.compareAndSet(next, now + MIN_INTERVAL_NS);
  }

  @Override
  public void close() {
    inBackground.close();
  }
}
