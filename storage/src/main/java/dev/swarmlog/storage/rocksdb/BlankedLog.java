package dev.swarmlog.storage.rocksdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A copy of a write-ahead log of RocksDB in which every record that is not whole is made an empty
 * one, so that the records behind it can be read.
 *
 * <p>RocksDB's own way to skip damage gives up behind a damaged record that spans blocks: see
 * {@link DamagedDatabase.Recovery#ALL_THAT_IS_WHOLE}. The format is that of RocksDB's "Write Ahead
 * Log File Format":
 *
 * <pre>
 * file     = blocks of 32 KiB; a record does not begin in the last 6 bytes of one
 * fragment = masked CRC-32C of all behind it (4) | length (2) | type (1)
 *            | number of the log (4, if the type is 5 to 8 or 11) | length bytes
 * record   = FULL (1), or FIRST (2) MIDDLE (3)* LAST (4); 5 to 8 are the same; others stand alone
 * </pre>
 *
 * <p>Numbers are little-endian.
 */
final class BlankedLog {

  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 7;
  private static final int LOG_NUMBER_BYTES = 4;
  private static final int CRC_MASK_DELTA = 0xa282ead8;

  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;
  private static final int RECYCLABLE = 4;

  /** A batch begins with the number of its first change (8), and how many it has (4). */
  private static final int BATCH_HEADER_BYTES = 12;

  private static final byte NOTE = 3;

  private final FileChannel file;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Fragments of a record that has begun and not ended. */
  private final List<Fragment> open = new ArrayList<>();

  /** How the record that has begun begins. */
  private final ByteBuffer batchHeader =
      ByteBuffer.allocate(BATCH_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** The number of the next change; those of batches never go back. */
  private long nextChange;

  private int blanked;

  /**
   * A part of the file that is one fragment, or where none can be told.
   *
   * @param length header included
   */
  private record Fragment(long offset, int length) {}

  private BlankedLog(FileChannel file) {
    this.file = file;
  }

  /**
   * Blanks what is not whole, in place: for a copy.
   *
   * @return how many fragments it made empty
   */
  static int blank(Path copy) throws IOException {
    try (FileChannel file =
        FileChannel.open(copy, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      BlankedLog log = new BlankedLog(file);
      for (long offset = 0; offset < file.size(); offset += BLOCK_BYTES) {
        log.read(offset);
      }
      // What has begun at the end is a torn tail, which RocksDB leaves out.
      return log.blanked;
    }
  }

  private void read(long blockOffset) throws IOException {
    block.clear();
    while (block.hasRemaining() && file.read(block, blockOffset + block.position()) >= 0) {
      // Reads on until the block is full or the file ends.
    }
    int end = block.position();
    int at = 0;
    while (end - at >= HEADER_BYTES) {
      int length = wholeLength(at, end);
      if (length == 0) {
        int damaged = damagedLength(at, end);
        blankOpen();
        blank(new Fragment(blockOffset + at, damaged));
        at += damaged;
        continue;
      }
      accept(new Fragment(blockOffset + at, length), block.get(at + 6), at);
      at += length;
    }
  }

  /** Up to the next fragment that is whole if its length is right, else to the end of the block. */
  private int damagedLength(int at, int end) {
    int stated = statedLength(at);
    int next = at + stated;
    boolean right = next <= end && (end - next < HEADER_BYTES || wholeLength(next, end) > 0);
    return right ? stated : end - at;
  }

  private int statedLength(int at) {
    int header = HEADER_BYTES + (isRecyclable(block.get(at + 6)) ? LOG_NUMBER_BYTES : 0);
    return header + (block.getShort(at + 4) & 0xffff);
  }

  /** Length of the fragment that begins there; 0 if it is damaged. */
  private int wholeLength(int at, int end) {
    int length = statedLength(at);
    if (block.get(at + 6) == 0 || length > end - at) {
      return 0;
    }
    CRC32C crc = new CRC32C();
    crc.update(block.array(), at + 6, length - 6);
    return masked((int) crc.getValue()) == block.getInt(at) ? length : 0;
  }

  private static boolean isRecyclable(int type) {
    return type >= FULL + RECYCLABLE && type <= LAST + RECYCLABLE || type == 11;
  }

  private static int masked(int crc) {
    return Integer.rotateRight(crc, 15) + CRC_MASK_DELTA;
  }

  private void accept(Fragment fragment, int type, int at) throws IOException {
    boolean recyclable = isRecyclable(type);
    int payloadAt = at + HEADER_BYTES + (recyclable ? LOG_NUMBER_BYTES : 0);
    int payloadEnd = at + fragment.length();
    switch (recyclable && type != 11 ? type - RECYCLABLE : type) {
      case FULL -> {
        blankOpen();
        addToHeader(payloadAt, payloadEnd);
        ended();
      }
      case FIRST -> {
        blankOpen();
        open.add(fragment);
        addToHeader(payloadAt, payloadEnd);
      }
      case MIDDLE -> {
        addToHeader(payloadAt, payloadEnd);
        continueOrBlank(fragment);
      }
      case LAST -> {
        boolean whole = !open.isEmpty();
        addToHeader(payloadAt, payloadEnd);
        continueOrBlank(fragment);
        open.clear();
        if (whole) {
          ended();
        }
      }
      default -> blankOpen();
    }
  }

  private void addToHeader(int payloadAt, int payloadEnd) {
    int count = Math.min(batchHeader.remaining(), payloadEnd - payloadAt);
    batchHeader.put(block.array(), payloadAt, count);
  }

  /** A batch is whole. */
  private void ended() {
    if (!batchHeader.hasRemaining()) {
      nextChange = batchHeader.getLong(0) + batchHeader.getInt(Long.BYTES);
    }
    batchHeader.clear();
  }

  private void continueOrBlank(Fragment fragment) throws IOException {
    if (open.isEmpty()) {
      batchHeader.clear();
      blank(fragment);
    } else {
      open.add(fragment);
    }
  }

  private void blankOpen() throws IOException {
    for (Fragment fragment : open) {
      blank(fragment);
    }
    open.clear();
    batchHeader.clear();
  }

  /** Writes a record of the same length. RocksDB leaves out one that is too short for a batch. */
  private void blank(Fragment fragment) throws IOException {
    int payload = fragment.length() - HEADER_BYTES;
    ByteBuffer bytes = ByteBuffer.allocate(fragment.length()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(4);
    bytes.putShort((short) payload).put((byte) FULL);
    int note = payload - BATCH_HEADER_BYTES;
    if (note >= 2) {
      // A batch that changes nothing, with a note that is for nobody.
      bytes.putLong(nextChange).putInt(0);
      bytes.put(NOTE);
      int varint = note - 2 < 0x80 ? 1 : note - 3 < 0x4000 ? 2 : 3;
      putVarint(bytes, note - 1 - varint, varint);
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 6, fragment.length() - 6);
    bytes.putInt(0, masked((int) crc.getValue()));
    bytes.clear();
    long at = fragment.offset();
    while (bytes.hasRemaining()) {
      at += file.write(bytes, at);
    }
    blanked++;
  }

  /** A number in that many bytes, more than it needs if it must be. */
  private static void putVarint(ByteBuffer bytes, int value, int length) {
    int rest = value;
    for (int i = 1; i < length; i++) {
      bytes.put((byte) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    bytes.put((byte) rest);
  }
}
