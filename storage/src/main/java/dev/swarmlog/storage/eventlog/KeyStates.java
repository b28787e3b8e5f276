package dev.swarmlog.storage.eventlog;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.KeyValueStore;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The newest operation of each key, as applied: rows of {@code state}, the recently used ones held
 * in memory.
 *
 * <pre>
 * op (8) | flags (1: bit 0 live, bit 2 expires, bit 3 sized) | value digest (16, if live)
 * | bytes (4, if sized) | expiry (8, if it expires)
 * </pre>
 *
 * <p>Owned by the writer thread.
 */
final class KeyStates {

  private static final int MAX_CACHED = 65_536;
  private static final int LIVE = 1;
  private static final int EXPIRES = 4;
  private static final int SIZED = 8;
  private static final KeyState NONE = new KeyState(0, new byte[0], 0, 0);

  private final BoundedCache<RowKey, KeyState> cache = new BoundedCache<>(MAX_CACHED);
  private final KeyValueStore store;

  /**
   * A key at its newest operation.
   *
   * @param opId 0 if the key never had one
   * @param valueDigest empty if the key is not live
   * @param bytes of that operation; 0 if it was written before format 3
   * @param expiresUnixNs when that operation expires, on the logged clock; 0 for never
   */
  @SuppressWarnings("ArrayRecordComponent") // a decoded row, compared nowhere
  record KeyState(long opId, byte[] valueDigest, int bytes, long expiresUnixNs) {

    boolean isLive() {
      return valueDigest.length > 0;
    }

    boolean hasOperation() {
      return opId != 0;
    }

    private byte[] toRow() {
      boolean expires = expiresUnixNs != 0;
      KeyBuilder row =
          new KeyBuilder(
                  Long.BYTES + 1 + valueDigest.length + Integer.BYTES + (expires ? Long.BYTES : 0))
              .u64(opId)
              .u8((isLive() ? LIVE : 0) | (expires ? EXPIRES : 0) | SIZED)
              .raw(valueDigest)
              .u32(bytes);
      return (expires ? row.u64(expiresUnixNs) : row).toBytes();
    }
  }

  KeyStates(KeyValueStore store) {
    this.store = store;
  }

  KeyState get(RowKey key) {
    return cache.get(key, this::load);
  }

  void put(RowKey key, KeyState state, Changes changes) {
    cache.put(key, state);
    changes.put(Family.STATE, key.bytes(), state.toRow());
  }

  /** Forgets a key that is not live, as if there had never been one. */
  void remove(RowKey key, Changes changes) {
    cache.put(key, NONE);
    changes.delete(Family.STATE, key.bytes());
  }

  /** Called between entries. */
  void trim() {
    cache.trim();
  }

  /** Whether the key of a row is live. */
  static boolean isLive(byte[] row) {
    return (row[Long.BYTES] & LIVE) != 0;
  }

  /** The value digest of a row; empty if the key is not live. */
  static byte[] valueDigest(byte[] row) {
    return isLive(row)
        ? Arrays.copyOfRange(row, Long.BYTES + 1, Long.BYTES + 1 + Bytes.HASH_BYTES)
        : new byte[0];
  }

  private KeyState load(RowKey key) {
    byte[] row = store.get(Family.STATE, key.bytes());
    if (row == null) {
      return NONE;
    }
    ByteBuffer rest = ByteBuffer.wrap(row);
    long opId = rest.getLong();
    int flags = rest.get();
    byte[] valueDigest = valueDigest(row);
    rest.position(rest.position() + valueDigest.length);
    int bytes = (flags & SIZED) != 0 ? rest.getInt() : 0;
    long expiresUnixNs = (flags & EXPIRES) != 0 ? rest.getLong() : 0;
    return new KeyState(opId, valueDigest, bytes, expiresUnixNs);
  }
}
