package dev.swarmlog.storage.rocksdb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy of a write-ahead log of RocksDB in which every record that is not whole is made an empty
 * one, so that the records behind it can be read.
 *
 * <p>RocksDB's own way to skip damage gives up behind a damaged record that spans blocks: see
 * {@link DamagedDatabase.Recovery#ALL_THAT_IS_WHOLE}. The format is that of {@link
 * WriteAheadRecords}; what is a record there is a fragment of one here, as one that spans blocks
 * has several.
 */
final class BlankedLog {

  /** A batch begins with the number of its first change (8), and how many it has (4). */
  private static final int BATCH_HEADER_BYTES = 12;

  private static final byte NOTE = 3;

  private final FileChannel file;
  private final ByteBuffer block = ByteBuffer.allocate(WriteAheadRecords.BLOCK_BYTES);
  private final WriteAheadRecords records = new WriteAheadRecords(block);

  /** Fragments of a record that has begun and not ended. */
  private final List<Fragment> open = new ArrayList<>();

  /** What of the batch that has begun is there. */
  private final ByteArrayOutputStream batch = new ByteArrayOutputStream();

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
      for (long offset = 0; offset < file.size(); offset += WriteAheadRecords.BLOCK_BYTES) {
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
    block.flip();
    int at = 0;
    while (records.hasHeader(at)) {
      if (records.isWhole(at)) {
        accept(new Fragment(blockOffset + at, records.length(at)), at);
        at += records.length(at);
      } else {
        int damaged = damagedLength(at);
        blankOpen();
        blank(new Fragment(blockOffset + at, damaged));
        at += damaged;
      }
    }
  }

  /** Up to the next fragment that is whole if its length is right, else to the end of the block. */
  private int damagedLength(int at) {
    int next = at + records.length(at);
    boolean right = next <= block.limit() && (!records.hasHeader(next) || records.isWhole(next));
    return right ? records.length(at) : block.limit() - at;
  }

  private void accept(Fragment fragment, int at) throws IOException {
    int payloadAt = at + WriteAheadRecords.HEADER_BYTES;
    int payloadEnd = at + fragment.length();
    switch (records.type(at)) {
      case WriteAheadRecords.FULL -> {
        begin(fragment, payloadAt, payloadEnd);
        end();
      }
      case WriteAheadRecords.FIRST -> begin(fragment, payloadAt, payloadEnd);
      case WriteAheadRecords.MIDDLE -> continueOrBlank(fragment, payloadAt, payloadEnd);
      case WriteAheadRecords.LAST -> {
        continueOrBlank(fragment, payloadAt, payloadEnd);
        end();
      }
      default -> blankOpen();
    }
  }

  private void begin(Fragment fragment, int payloadAt, int payloadEnd) throws IOException {
    blankOpen();
    open.add(fragment);
    batch.write(block.array(), payloadAt, payloadEnd - payloadAt);
  }

  private void continueOrBlank(Fragment fragment, int payloadAt, int payloadEnd)
      throws IOException {
    if (open.isEmpty()) {
      blank(fragment);
    } else {
      open.add(fragment);
      batch.write(block.array(), payloadAt, payloadEnd - payloadAt);
    }
  }

  /**
   * A batch is there to its last fragment. Fragments that are whole need not belong together, nor
   * come in the order in which they were written: blocks may have been repeated or swapped.
   */
  private void end() throws IOException {
    if (batch.size() >= BATCH_HEADER_BYTES) {
      ByteBuffer content = ByteBuffer.wrap(batch.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
      long firstChange = content.getLong(0);
      int changes = content.getInt(Long.BYTES);
      if (changes > 0 && (firstChange < nextChange || !RocksWriteSet.isWhole(content))) {
        blankOpen();
        return;
      }
      nextChange = Math.max(nextChange, firstChange + changes);
    }
    open.clear();
    batch.reset();
  }

  private void blankOpen() throws IOException {
    for (Fragment fragment : open) {
      blank(fragment);
    }
    open.clear();
    batch.reset();
  }

  /** Writes a record of the same length. RocksDB leaves out one that is too short for a batch. */
  private void blank(Fragment fragment) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(fragment.length());
    WriteAheadRecords blank = new WriteAheadRecords(bytes);
    bytes.position(WriteAheadRecords.HEADER_BYTES);
    int note = bytes.remaining() - BATCH_HEADER_BYTES;
    if (note >= 2) {
      // A batch that changes nothing, with a note that is for nobody.
      bytes.putLong(nextChange).putInt(0);
      bytes.put(NOTE);
      int varint = note - 2 < 0x80 ? 1 : note - 3 < 0x4000 ? 2 : 3;
      putVarint(bytes, note - 1 - varint, varint);
    }
    blank.putHeader(0, WriteAheadRecords.FULL, fragment.length());
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
