package dev.swarmlog.storage.kv;

/**
 * Changes that are written together or not at all, in the order in which they were added.
 *
 * <p>Not safe for use by several threads. Keys and values are not to be changed after they have
 * been handed over.
 */
public interface WriteSet {

  /** Sets a row. */
  void put(Family family, byte[] key, byte[] value);

  /** Removes a row; nothing happens if there is none. */
  void delete(Family family, byte[] key);

  /**
   * Removes a row that was put exactly once, in an earlier set or this one. Leaves less behind in
   * files than {@link #delete}; a row must always be removed in the same way.
   */
  void deleteOnce(Family family, byte[] key);
}
