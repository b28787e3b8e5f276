package dev.swarmlog.sdk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a cursor file, all integers big-endian:
 *
 * <pre>
 *   file    magic 'S' 'W' 'L' 'C' | version u32 = 1 | record ...
 *   record  length u32 | CRC-32C u32 over length and payload | payload (AgentCursor)
 * </pre>
 *
 * The last whole record counts. Records are appended one after the other, each flushed before the
 * next, so only the last one can be torn: a bad record with a whole one behind it is damage.
 */
final class CursorRecords {
  static final int MAGIC = 0x53574C43;
  static final int VERSION = 1;
  static final int HEADER_BYTES = 8;
  static final int RECORD_HEADER_BYTES = 8;

  private CursorRecords() {}

  static ByteBuffer header() {
    return ByteBuffer.allocate(HEADER_BYTES).putInt(MAGIC).putInt(VERSION).flip();
  }

  static ByteBuffer record(byte[] payload) {
    return ByteBuffer.allocate(RECORD_HEADER_BYTES + payload.length)
        .putInt(payload.length)
        .putInt(checksum(payload.length, payload))
        .put(payload)
        .flip();
  }

  /**
   * Reads a whole file: the payload of its last whole record, null if it has none. A torn record
   * behind that is ignored.
   *
   * @throws CursorStoreException if it is of another kind, of a newer version, or damaged
   */
  static byte @Nullable [] read(ByteBuffer file, String name) {
    int magic;
    int version;
    try {
      magic = file.getInt();
      version = file.getInt();
    } catch (BufferUnderflowException e) {
      throw damaged(name, "it is shorter than its header");
    }
    if (magic != MAGIC) {
      throw new CursorStoreException(
          "Expected a cursor file at %s, but it is something else: give the cursor store a directory of its own"
              .formatted(name));
    }
    if (version != VERSION) {
      throw new CursorStoreException(
          "Expected a cursor file of version %d at %s, but it has version %d: use the SDK that wrote it, or a newer one"
              .formatted(VERSION, name, version));
    }
    byte[] last = null;
    while (file.hasRemaining()) {
      byte[] payload = next(file);
      if (payload == null) {
        if (hasRecordBehind(file)) {
          throw damaged(name, "a record does not match its checksum");
        }
        if (last == null) {
          throw damaged(name, "no record of it is whole");
        }
        return last;
      }
      last = payload;
    }
    return last;
  }

  /** Reads a record and moves behind it; null, without moving, if there is no whole one. */
  private static byte @Nullable [] next(ByteBuffer file) {
    int start = file.position();
    if (file.remaining() >= RECORD_HEADER_BYTES) {
      int length = file.getInt();
      int checksum = file.getInt();
      if (length >= 0 && length <= file.remaining()) {
        byte[] payload = new byte[length];
        file.get(payload);
        if (checksum(length, payload) == checksum) {
          return payload;
        }
      }
    }
    file.position(start);
    return null;
  }

  private static boolean hasRecordBehind(ByteBuffer file) {
    for (int start = file.position() + 1; start < file.limit(); start++) {
      if (next(file.duplicate().position(start)) != null) {
        return true;
      }
    }
    return false;
  }

  private static int checksum(int length, byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
    crc.update(payload);
    return (int) crc.getValue();
  }

  private static CursorStoreException damaged(String name, String how) {
    return new CursorStoreException(
        "Expected a whole cursor file at %s, but %s: restore the file, or remove it to start the agent from the beginning of the log"
            .formatted(name, how));
  }
}
