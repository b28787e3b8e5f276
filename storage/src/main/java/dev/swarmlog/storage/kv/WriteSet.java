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
}
