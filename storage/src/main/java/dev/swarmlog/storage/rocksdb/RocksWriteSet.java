package dev.swarmlog.storage.rocksdb;

import dev.swarmlog.storage.kv.Family;
import dev.swarmlog.storage.kv.WriteSet;
import java.util.Arrays;

/**
 * A write batch, encoded here in the form in which RocksDB keeps it in its write-ahead log, so that
 * a whole entry costs one native call.
 *
 * <pre>
 * batch  = sequence (8, little-endian, 0) | count (4, little-endian) | record ...
 * put    = 0x05 | family ID (varint) | key length (varint) | key | value length (varint) | value
 * delete = 0x04 | family ID (varint) | key length (varint) | key
 * once   = 0x08 | family ID (varint) | key length (varint) | key      (a "single delete")
 * </pre>
 */
final class RocksWriteSet implements WriteSet {

  private static final int HEADER_BYTES = 12;
  private static final int COUNT_OFFSET = 8;
  private static final byte PUT = 0x05;
  private static final byte DELETE = 0x04;
  private static final byte DELETE_ONCE = 0x08;

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
