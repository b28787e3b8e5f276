package dev.swarmlog.storage.kv;

import dev.swarmlog.storage.StoreFigures;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ordered rows in families. Keys are compared as unsigned bytes.
 *
 * <p><b>Threads.</b> One thread writes; any thread reads. Reads see what has been written, durable
 * or not. Nobody may be inside when {@link #close} is called; callers keep a {@link CloseGuard}.
 *
 * <p>Every method throws {@link dev.swarmlog.storage.StorageException} if the device or the data
 * fails it.
 */
public interface KeyValueStore extends AutoCloseable {

  /** The value of a row, or null. */
  byte @Nullable [] get(Family family, byte[] key);

  /** The values of several rows, null where there is none, in the order of the keys. */
  List<byte @Nullable []> multiGet(Family family, List<byte[]> keys);

  /** Walks the rows from {@code fromInclusive} upwards, ending before {@code toExclusive}. */
  RowCursor scan(Family family, byte[] fromInclusive, byte[] toExclusive);

  /**
   * The same for rows that nobody will want again soon: what is read takes no place of others in
   * caches.
   */
  default RowCursor scanOnce(Family family, byte[] fromInclusive, byte[] toExclusive) {
    return scan(family, fromInclusive, toExclusive);
  }

  /** Walks the same rows downwards. */
  RowCursor scanDescending(Family family, byte[] fromInclusive, byte[] toExclusive);

  /** An empty set of changes for {@link #write}. */
  WriteSet newWriteSet();

  /** Writes all of it or nothing. The set must not be used afterwards. */
  void write(WriteSet changes);

  /** Makes all that was written so far durable. */
  void sync();

  /**
   * Removes all rows of a range, cheaply where whole files lie in it. Durable with the next {@link
   * #sync}.
   */
  void dropRange(Family family, byte[] fromInclusive, byte[] toExclusive);

  /**
   * Has what lies in memory and in write-ahead logs become files, in the background, so that the
   * store can be opened again with little room. Does nothing where there is not enough room for the
   * files.
   *
   * @param roomBytes what they may take
   * @return what they take at most
   */
  long writeOutBuffers(long roomBytes);

  /**
   * Takes the store up again after a write that found no room. What was synced is there; of what
   * was not, all or nothing. Nobody else may be inside; see {@link CloseGuard#alone}.
   *
   * @throws dev.swarmlog.storage.StorageException of kind {@code DISK_FULL} while there still is no
   *     room to write: what was there can be read, and this be called again
   */
  void reopen();

  /** What the store takes up. Cheap; does not touch the device. */
  StoreFigures figures();

  @Override
  void close();
}
