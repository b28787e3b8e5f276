package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.kv.RowCursor;
import java.nio.file.Path;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.PerfContext;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * A RocksDB iterator with both bounds set, so that it never walks over deleted rows beyond them.
 *
 * <p>At the end it asks for the iterator's status: an iterator that met damage ends too. When it is
 * closed it tells {@link RemovedRows} what it had to step over.
 */
final class RocksCursor implements RowCursor {

  /** In which direction, and whether what is read is worth keeping. */
  enum Walk {
    UPWARDS,
    UPWARDS_ONCE,
    DOWNWARDS
  }

  private final Path directory;
  private final ColumnFamilyHandle family;
  private final RemovedRows removedRows;
  private final boolean descending;
  private final Slice lower;
  private final Slice upper;
  private final ReadOptions readOptions;
  private final RocksIterator iterator;

  /** Counts what this thread steps over, in all of its walks. */
  private final PerfContext counters;

  private final long removedBefore;
  private long met;
  private boolean positioned;
  private boolean started;

  RocksCursor(
      Path directory,
      RocksDB database,
      ColumnFamilyHandle family,
      RemovedRows removedRows,
      byte[] fromInclusive,
      byte[] toExclusive,
      Walk walk) {
    this.directory = directory;
    this.family = family;
    this.removedRows = removedRows;
    this.descending = walk == Walk.DOWNWARDS;
    this.lower = new Slice(fromInclusive);
    this.upper = new Slice(toExclusive);
    this.readOptions =
        new ReadOptions()
            .setIterateLowerBound(lower)
            .setIterateUpperBound(upper)
            .setFillCache(walk != Walk.UPWARDS_ONCE);
    this.counters = database.getPerfContext();
    this.removedBefore = counters.getInternalDeleteSkippedCount();
    this.iterator = database.newIterator(family, readOptions);
  }

  @Override
  public boolean next() {
    if (positioned) {
      positioned = false;
    } else if (started) {
      step();
    } else if (descending) {
      iterator.seekToLast();
    } else {
      iterator.seekToFirst();
    }
    started = true;
    if (iterator.isValid()) {
      met++;
      return true;
    }
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw Failures.of(directory, "reading", e);
    }
    return false;
  }

  private void step() {
    if (!iterator.isValid()) {
      return;
    }
    if (descending) {
      iterator.prev();
    } else {
      iterator.next();
    }
  }

  @Override
  public void seek(byte[] key) {
    if (descending) {
      iterator.seekForPrev(key);
    } else {
      iterator.seek(key);
    }
    positioned = true;
    started = true;
  }

  @Override
  public byte[] key() {
    return iterator.key();
  }

  @Override
  public byte[] value() {
    return iterator.value();
  }

  @Override
  public void close() {
    long removed = counters.getInternalDeleteSkippedCount() - removedBefore;
    counters.close();
    iterator.close();
    readOptions.close();
    upper.close();
    lower.close();
    removedRows.steppedOver(family, removed, met);
  }
}
