package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.WriteSet;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A write batch, encoded here in the form in which RocksDB keeps it in its write-ahead log, so that
 * a whole entry costs one native call.
 *
 * <pre>
 * batch  = sequence (8, little-endian, 0) | count (4, little-endian) | record ...
 * put    = 0x05 | family ID (varint) | key length (varint) | key | value length (varint) | value
 * delete = 0x04 | family ID (varint) | key length (varint) | key
 * once   = 0x08 | family ID (varint) | key length (varint) | key      (a "single delete")
 * range  = 0x0e | family ID (varint) | key length (varint) | key | key length (varint) | key
 * note   = 0x03 | length (varint) | bytes                             (no record by the count)
 * </pre>
 */
final class RocksWriteSet implements WriteSet {

  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;
  private static final byte PUT = 0x05;
  private static final byte DELETE = 0x04;
  private static final byte DELETE_ONCE = 0x08;
  private static final byte REMOVE_RANGE = 0x0e;
  private static final byte NOTE = 0x03;

  /** Family IDs by ordinal. */
  private final int[] familyIds;

  private byte[] buffer = new byte[16 * 1024];
  private int size = HEADER_BYTES;
  private int count;

  RocksWriteSet(int[] familyIds) {
    this.familyIds = familyIds;
  }

  @Override
  public void put(Family family, byte[] key, byte[] value) {
    reserve(key.length + value.length);
    buffer[size++] = PUT;
    varint(familyIds[family.ordinal()]);
    bytes(key);
    bytes(value);
    count++;
  }

  @Override
  public void delete(Family family, byte[] key) {
    delete(DELETE, family, key);
  }

  @Override
  public void deleteOnce(Family family, byte[] key) {
    delete(DELETE_ONCE, family, key);
  }

  private void delete(byte type, Family family, byte[] key) {
    reserve(key.length);
    buffer[size++] = type;
    varint(familyIds[family.ordinal()]);
    bytes(key);
    count++;
  }

  /** The encoded batch. */
  byte[] encoded() {
    buffer[COUNT_OFFSET] = (byte) count;
    buffer[COUNT_OFFSET + 1] = (byte) (count >>> 8);
    buffer[COUNT_OFFSET + 2] = (byte) (count >>> 16);
    buffer[COUNT_OFFSET + 3] = (byte) (count >>> 24);
    return Arrays.copyOf(buffer, size);
  }

  /** How many bytes a put takes, of a family with a small ID, a short key and a short value. */
  static int putBytes(byte[] key, int valueBytes) {
    return 4 + key.length + valueBytes;
  }

  /**
   * The value of the last record of a batch, if that is a put of this key.
   *
   * @param end the last {@link #putBytes} of the batch, or less if it has less
   * @param valueBytes of the value; it and the key are shorter than 128 bytes
   */
  static byte @Nullable [] lastPut(ByteBuffer end, byte[] key, int valueBytes) {
    if (end.remaining() < putBytes(key, valueBytes) || end.get() != PUT) {
      return null;
    }
    byte family = end.get();
    byte[] found = new byte[key.length];
    if (family < 0 || end.get() != key.length || !Arrays.equals(key, read(end, found))) {
      return null;
    }
    return end.get() == valueBytes ? read(end, new byte[valueBytes]) : null;
  }

  /**
   * Whether there is a batch, with as many records as it says.
   *
   * @param batch of which RocksDB may have written some records: removed ranges, notes
   */
  static boolean isWhole(ByteBuffer batch) {
    ByteBuffer rest = batch.duplicate().position(HEADER_BYTES);
    int records = 0;
    try {
      while (rest.hasRemaining()) {
        byte type = rest.get();
        int parts = type == NOTE ? 1 : partsOf(type);
        if (parts == 0) {
          return false;
        }
        if (type != NOTE) {
          skipVarint(rest);
          records++;
        }
        for (int i = 0; i < parts; i++) {
          int length = skipVarint(rest);
          rest.position(rest.position() + length);
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      // A length that leads beyond the end.
      return false;
    }
    return records == batch.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(COUNT_OFFSET);
  }

  private static int partsOf(byte type) {
    return switch (type) {
      case PUT, REMOVE_RANGE -> 2;
      case DELETE, DELETE_ONCE -> 1;
      default -> 0;
    };
  }

  private static int skipVarint(ByteBuffer from) {
    int value = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      byte next = from.get();
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("Expected a varint of at most 5 bytes");
  }

  private static byte[] read(ByteBuffer from, byte[] to) {
    from.get(to);
    return to;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Makes room for that many bytes of content, a type and three varints. */
  private void reserve(int contentBytes) {
    int needed = Math.addExact(size, contentBytes + 16);
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(needed, buffer.length * 2));
    }
  }

  private void bytes(byte[] content) {
    varint(content.length);
    System.arraycopy(content, 0, buffer, size, content.length);
    size += content.length;
  }

  private void varint(int value) {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      buffer[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
  }
}
