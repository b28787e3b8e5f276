package dev.swarmlog.demo.checker;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The checker's own reader of record files. Used by one thread.
 *
 * <p>Stricter than a writer that starts again: what does not read as a whole record ends the scan,
 * and {@link #unreadableBytes()} says how much was left.
 */
final class RecordScanner implements AutoCloseable {
  private static final int MAX_PAYLOAD_BYTES = 64 << 20;
  private static final int CHUNK_BYTES = 1 << 18;

  private final RandomAccessFile file;
  private final long fileBytes;
  // position <= fileBytes: where the next record begins.
  private long position;
  private byte[] chunk = new byte[0];
  private long chunkStart;

  RecordScanner(Path path) throws IOException {
    file = new RandomAccessFile(path.toFile(), "r");
    fileBytes = file.length();
    ByteBuffer magic = bytes(8);
    if (magic == null || !StandardCharsets.US_ASCII.decode(magic).toString().equals("SWDEMO01")) {
      file.close();
      throw new IOException("Expected a record file of the demo, but " + path + " is none.");
    }
    position = 8;
  }

  /** The payload of the next record; null at the end, or where the rest cannot be read. */
  byte @Nullable [] next() throws IOException {
    ByteBuffer header = bytes(8);
    if (header == null) {
      return null;
    }
    int length = header.getInt();
    int crc = header.getInt();
    if (length < 0 || length > MAX_PAYLOAD_BYTES) {
      return null;
    }
    position += 8;
    ByteBuffer payload = bytes(length);
    CRC32C actual = new CRC32C();
    if (payload != null) {
      actual.update(payload.duplicate());
    }
    if (payload == null || (int) actual.getValue() != crc) {
      position -= 8;
      return null;
    }
    position += length;
    byte[] copy = new byte[length];
    payload.get(copy);
    return copy;
  }

  /**
   * What lies behind the last whole record; 0 at a clean end. Meaningful once {@link #next} has
   * answered null.
   */
  long unreadableBytes() {
    return fileBytes - position;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /**
   * The given number of bytes from the position on, without moving it; null if the file has fewer.
   */
  private @Nullable ByteBuffer bytes(int count) throws IOException {
    if (fileBytes - position < count) {
      return null;
    }
    if (position < chunkStart || position + count > chunkStart + chunk.length) {
      chunk = new byte[(int) Math.min(Math.max(CHUNK_BYTES, count), fileBytes - position)];
      file.seek(position);
      file.readFully(chunk);
      chunkStart = position;
    }
    return ByteBuffer.wrap(chunk, (int) (position - chunkStart), count);
  }
}
