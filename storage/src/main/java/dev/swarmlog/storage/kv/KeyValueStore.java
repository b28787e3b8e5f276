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

  /** What the store takes up. Cheap; does not touch the device. */
  StoreFigures figures();

  @Override
  void close();
}
