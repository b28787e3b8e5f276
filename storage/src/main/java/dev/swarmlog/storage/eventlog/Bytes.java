package dev.swarmlog.storage.eventlog;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Big-endian numbers in byte arrays, and bounds of key ranges. */
final class Bytes {

  /** Length of all hashes and digests that are stored: the first half of a SHA-256. */
  static final int HASH_BYTES = 16;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  static long getLong(byte[] bytes, int offset) {
    return (long) LONG.get(bytes, offset);
  }

  static void putLong(byte[] bytes, int offset, long value) {
    LONG.set(bytes, offset, value);
  }

  /** {@code prefix} with a number after it. */
  static byte[] append(byte[] prefix, long number) {
    byte[] key = Arrays.copyOf(prefix, prefix.length + Long.BYTES);
    putLong(key, prefix.length, number);
    return key;
  }

  static byte[] append(byte[] prefix, byte[] suffix) {
    byte[] key = Arrays.copyOf(prefix, prefix.length + suffix.length);
    System.arraycopy(suffix, 0, key, prefix.length, suffix.length);
    return key;
  }

  /** The number in the last eight bytes. */
  static long trailingLong(byte[] key) {
    return getLong(key, key.length - Long.BYTES);
  }

  static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** The smallest key above all keys that start with the prefix. */
  static byte[] after(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xff) {
        byte[] bound = Arrays.copyOf(prefix, i + 1);
        bound[i]++;
        return bound;
      }
    }
    throw new IllegalArgumentException("Expected a prefix with a byte below ff, but got none");
  }
}
