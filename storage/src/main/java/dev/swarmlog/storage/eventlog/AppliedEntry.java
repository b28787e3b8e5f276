package dev.swarmlog.storage.eventlog;

/**
 * The row of {@code meta} that says which entry was applied last. The changes of each entry end
 * with it.
 *
 * <pre>
 * index (8) | logged time (8)
 * </pre>
 *
 * <p>For any thread.
 */
public final class AppliedEntry {

  public static final int VALUE_BYTES = 16;

  private AppliedEntry() {}

  /** Its key. */
  public static byte[] key() {
    return Keys.shard(Keys.META_APPLIED);
  }

  static byte[] value(long index, long loggedUnixNs) {
    return new KeyBuilder(VALUE_BYTES).u64(index).u64(loggedUnixNs).toBytes();
  }

  /** Index of the entry. */
  public static long index(byte[] value) {
    return Bytes.getLong(value, 0);
  }

  /** When it was logged, on the logged clock. */
  static long loggedUnixNs(byte[] value) {
    return Bytes.getLong(value, Long.BYTES);
  }
}
