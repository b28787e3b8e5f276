package dev.swarmlog.storage.rocksdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The records of a write-ahead log of RocksDB, as its "Write Ahead Log File Format" has them:
 *
 * <pre>
 * file    = blocks of 32 KiB; what is left of one, if less than 7 bytes, is zeros
 * record  = masked CRC-32C of type and bytes (4) | length (2) | type (1) | length bytes
 * write   = FULL (1), or FIRST (2) MIDDLE (3)* LAST (4); other types are RocksDB's own
 * </pre>
 *
 * <p>Numbers are little-endian. Types of logs that are written over again are not known here: ours
 * never are.
 *
 * <p>For any thread that has the buffer for itself.
 *
 * @param content a log from its beginning, or one block of it; ends where the buffer's limit is
 */
record WriteAheadRecords(ByteBuffer content) {

  static final int BLOCK_BYTES = 32 * 1024;
  static final int HEADER_BYTES = 7;

  static final int FULL = 1;
  static final int FIRST = 2;
  static final int MIDDLE = 3;
  static final int LAST = 4;

  private static final int LENGTH_AT = 4;
  private static final int TYPE_AT = 6;
  private static final int CHECKSUM_MASK_DELTA = 0xa282ead8;

  WriteAheadRecords {
    content.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Whether a record can begin there: its header lies in one block. */
  boolean hasHeader(int at) {
    return at + HEADER_BYTES <= content.limit() && at % BLOCK_BYTES + HEADER_BYTES <= BLOCK_BYTES;
  }

  int type(int at) {
    return Byte.toUnsignedInt(content.get(at + TYPE_AT));
  }

  /** How long the record that begins there says it is, in bytes, its header included. */
  int length(int at) {
    return HEADER_BYTES + Short.toUnsignedInt(content.getShort(at + LENGTH_AT));
  }

  /** Whether there is a whole record, by its length and its checksum. */
  boolean isWhole(int at) {
    int length = length(at);
    return type(at) != 0
        && at + length <= content.limit()
        && at % BLOCK_BYTES + length <= BLOCK_BYTES
        && checksum(at, length) == content.getInt(at);
  }

  /**
   * Hands out the end of each whole write, in order, up to the first record that is not whole.
   *
   * @param endBytes how much of it; less where a write has less
   * @param listener gets it from position to limit; good until it returns
   */
  void forEachWriteEnd(int endBytes, Consumer<ByteBuffer> listener) {
    ByteBuffer end = ByteBuffer.allocate(endBytes);
    int at = 0;
    while (at + HEADER_BYTES <= content.limit()) {
      if (!hasHeader(at)) {
        at += BLOCK_BYTES - at % BLOCK_BYTES;
        continue;
      }
      if (!isWhole(at)) {
        return;
      }
      int type = type(at);
      if (type == FULL || type == FIRST) {
        end.clear();
      }
      if (type >= FULL && type <= LAST) {
        appendEnd(end, at + HEADER_BYTES, at + length(at));
      }
      if (type == FULL || type == LAST) {
        listener.accept(end.duplicate().flip());
      }
      at += length(at);
    }
  }

  /** Keeps the last bytes of what is there and what comes. */
  private void appendEnd(ByteBuffer end, int from, int to) {
    int taken = Math.min(to - from, end.capacity());
    int kept = Math.min(end.position(), end.capacity() - taken);
    end.flip().position(end.limit() - kept);
    end.compact();
    end.put(content.slice(to - taken, taken));
  }

  /** Writes the header of a record of which the bytes are there already. */
  void putHeader(int at, int type, int length) {
    content.putShort(at + LENGTH_AT, (short) (length - HEADER_BYTES));
    content.put(at + TYPE_AT, (byte) type);
    content.putInt(at, checksum(at, length));
  }

  private int checksum(int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(content.slice(at + TYPE_AT, length - TYPE_AT));
    return Integer.rotateRight((int) crc.getValue(), 15) + CHECKSUM_MASK_DELTA;
  }
}
