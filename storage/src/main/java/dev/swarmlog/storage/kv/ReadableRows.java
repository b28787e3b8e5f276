package dev.swarmlog.storage.kv;

import java.util.Arrays;

/**
 * The rows of a store that may be damaged, to be read once more before it is repaired: what can be
 * read is handed out, and what cannot is told as a gap instead of an exception.
 *
 * <p>Nothing is changed by reading. Used by one thread.
 */
public interface ReadableRows extends AutoCloseable {

  /**
   * Walks the rows from {@code fromInclusive} upwards, ending before {@code toExclusive}: every row
   * of the range comes as a row, or lies in a gap. Within a gap rows may come all the same, and be
   * older than what was there.
   *
   * @throws dev.swarmlog.storage.StorageException if the device fails in another way than by damage
   */
  void walk(Family family, byte[] fromInclusive, byte[] toExclusive, Listener listener);

  /** Walks all rows of a family. */
  void walk(Family family, Listener listener);

  /** Hears of rows in the order of their keys, and of gaps. */
  interface Listener {

    /** A row; the arrays belong to the listener. */
    void row(byte[] key, byte[] value);

    /** Rows that cannot be read. */
    void gap(Gap gap);
  }

  /**
   * A range of keys in which rows cannot be read, and how many there were is not known.
   *
   * @param toExclusive the first key from which on rows can be read again; empty for the end
   * @param detail what the store says of it
   */
  @SuppressWarnings("ArrayRecordComponent") // never changed, compared nowhere
  record Gap(Family family, byte[] fromInclusive, byte[] toExclusive, String detail) {

    /** Whether a key may have lain in it. */
    public boolean covers(byte[] key) {
      return Arrays.compareUnsigned(key, fromInclusive) >= 0 && endsAfter(key);
    }

    /** Whether a row that begins with a prefix may have lain in it. */
    public boolean touches(byte[] prefix) {
      int length = Math.min(prefix.length, fromInclusive.length);
      boolean beginsInTime =
          Arrays.compareUnsigned(fromInclusive, 0, length, prefix, 0, length) <= 0;
      return beginsInTime && endsAfter(prefix);
    }

    /** Whether a row of a range may have lain in it. */
    public boolean overlaps(byte[] from, byte[] to) {
      return Arrays.compareUnsigned(fromInclusive, to) < 0 && endsAfter(from);
    }

    private boolean endsAfter(byte[] key) {
      return toExclusive.length == 0 || Arrays.compareUnsigned(toExclusive, key) > 0;
    }
  }

  @Override
  void close();
}
