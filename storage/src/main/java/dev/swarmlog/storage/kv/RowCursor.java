package dev.swarmlog.storage.kv;

/**
 * A walk over a range of rows as they were when it was opened.
 *
 * <p>Used by the thread that opened it, closed before the call in which it was opened returns.
 */
public interface RowCursor extends AutoCloseable {

  /**
   * Moves to the next row, the first one at the first call.
   *
   * @return false at the end of the range
   * @throws dev.swarmlog.storage.StorageException if rows cannot be read or are damaged: an end is
   *     a true end
   */
  boolean next();

  /**
   * Jumps, so that the next row is the first one from here on, in the direction of the walk and
   * within its range.
   */
  void seek(byte[] key);

  /** Key of the current row. */
  byte[] key();

  /** Value of the current row. */
  byte[] value();

  @Override
  void close();
}
