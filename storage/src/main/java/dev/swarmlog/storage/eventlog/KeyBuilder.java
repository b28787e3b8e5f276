package dev.swarmlog.storage.eventlog;

import java.util.Arrays;

/**
 * Builds the bytes of a key or of a fixed-layout value. Numbers are big-endian, so that bytes sort
 * as numbers do.
 *
 * <p>A variable-length part that something follows is escaped and terminated: {@code 00} becomes
 * {@code 00 ff}, and {@code 00 00} ends it. So a part sorts before every longer one that starts
 * with it, whatever follows.
 */
final class KeyBuilder {

  private byte[] buffer;
  private int size;

  KeyBuilder(int capacityBytes) {
    buffer = new byte[capacityBytes];
  }

  KeyBuilder u8(int value) {
    reserve(1);
    buffer[size++] = (byte) value;
    return this;
  }

  KeyBuilder u16(int value) {
    return u8(value >>> 8).u8(value);
  }

  KeyBuilder u32(int value) {
    return u16(value >>> 16).u16(value);
  }

  KeyBuilder u64(long value) {
    reserve(Long.BYTES);
    Bytes.putLong(buffer, size, value);
    size += Long.BYTES;
    return this;
  }

  /** As it is: a fixed-length part, or the last one. */
  KeyBuilder raw(byte[] part) {
    reserve(part.length);
    System.arraycopy(part, 0, buffer, size, part.length);
    size += part.length;
    return this;
  }

  /** Escaped and terminated. */
  KeyBuilder terminated(byte[] part) {
    for (byte b : part) {
      u8(b);
      if (b == 0) {
        u8(0xff);
      }
    }
    return u8(0).u8(0);
  }

  byte[] toBytes() {
    return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
  }

  private void reserve(int moreBytes) {
    if (size + moreBytes > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(size + moreBytes, buffer.length * 2));
    }
  }
}
