package dev.swarmlog.sdk;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.v1.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a cursor file, all integers big-endian:
 *
 * <pre>
 *   file    magic 'S' 'W' 'L' 'C' | version u32 = 2 | record ...
 *   record  length u32 | CRC-32C u32 over length and payload | payload
 *   payload cursor length u32, or ff ff ff ff for none | AgentCursor | key ...
 *   key     scope length u32, 0 for the scope of the key before | Scope
 *           | key length u32 | key, UTF-8 | digest length u8, 0 if the key is gone | digest
 * </pre>
 *
 * Read from the beginning, the last whole cursor counts, and the changes of keys up to it. Records
 * are appended one after the other, each flushed before the next, so only the last one can be torn:
 * a bad record with a whole one behind it is damage.
 *
 * <p>In version 1 the payload is the cursor alone.
 */
final class CursorRecords {
  static final int MAGIC = 0x53574C43;
  static final int VERSION = 2;
  static final int HEADER_BYTES = 8;
  static final int RECORD_HEADER_BYTES = 8;
  private static final int FIRST_VERSION = 1;
  private static final int NO_CURSOR = -1;
  // A rewrite puts keys into records of about this size, so that no array is as large as the file.
  private static final int REWRITE_RECORD_BYTES = 64 << 10;

  private CursorRecords() {}

  /**
   * What a file holds.
   *
   * @param keys value digests by scope and key
   */
  record Contents(AgentCursor cursor, Map<Scope, Map<String, ByteString>> keys) {}

  static ByteBuffer header() {
    return ByteBuffer.allocate(HEADER_BYTES).putInt(MAGIC).putInt(VERSION).flip();
  }

  /** A record of a cursor and what changed with it. */
  static ByteBuffer record(AgentCursor cursor, List<HeldKey> changed) {
    Payload payload = new Payload(cursor.toByteArray());
    changed.forEach(payload::add);
    return framed(payload.bytes());
  }

  /** The records of a whole file, one after the other. */
  static void rewrite(Contents contents, RecordSink sink) throws IOException {
    Payload payload = new Payload(null);
    for (HeldKey key : MemoryCursorStore.all(contents.keys())) {
      payload.add(key);
      if (payload.size() >= REWRITE_RECORD_BYTES) {
        sink.write(framed(payload.bytes()));
        payload = new Payload(null);
      }
    }
    sink.write(framed(payload.bytes()));
    sink.write(record(contents.cursor(), List.of()));
  }

  /** Takes records. */
  interface RecordSink {
    void write(ByteBuffer record) throws IOException;
  }

  /**
   * Reads a whole file. A torn record at its end is ignored.
   *
   * @throws CursorStoreException if it is of another kind, of a newer version, or damaged
   */
  static Contents read(ByteBuffer file, String name) {
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
    if (version < FIRST_VERSION || version > VERSION) {
      throw new CursorStoreException(
          "Expected a cursor file of version %d to %d at %s, but it has version %d: use the SDK that wrote it, or a newer one"
              .formatted(FIRST_VERSION, VERSION, name, version));
    }
    Map<Scope, Map<String, ByteString>> keys = new HashMap<>();
    AgentCursor last = null;
    while (file.hasRemaining()) {
      byte[] payload = next(file);
      if (payload == null) {
        if (hasRecordBehind(file)) {
          throw damaged(name, "a record does not match its checksum");
        }
        break;
      }
      AgentCursor cursor =
          version == FIRST_VERSION ? AgentCursor.parse(payload) : parse(payload, keys, name);
      last = cursor == null ? last : cursor;
    }
    if (last == null && file.limit() > HEADER_BYTES) {
      throw damaged(name, "no cursor in it is whole");
    }
    return new Contents(last == null ? AgentCursor.empty() : last, keys);
  }

  private static @Nullable AgentCursor parse(
      byte[] payload, Map<Scope, Map<String, ByteString>> keys, String name) {
    ByteBuffer bytes = ByteBuffer.wrap(payload);
    try {
      int cursorLength = bytes.getInt();
      AgentCursor cursor =
          cursorLength == NO_CURSOR ? null : AgentCursor.parse(take(bytes, cursorLength));
      Scope scope = Scope.getDefaultInstance();
      List<HeldKey> changed = new ArrayList<>();
      while (bytes.hasRemaining()) {
        int scopeLength = bytes.getInt();
        scope = scopeLength == 0 ? scope : Scope.parseFrom(take(bytes, scopeLength));
        String key = Utf8.text(take(bytes, bytes.getInt()));
        changed.add(new HeldKey(scope, key, ByteString.copyFrom(take(bytes, bytes.get()))));
      }
      MemoryCursorStore.apply(changed, keys);
      return cursor;
    } catch (BufferUnderflowException | InvalidProtocolBufferException e) {
      throw damaged(name, "a record of it does not parse");
    }
  }

  private static byte[] take(ByteBuffer bytes, int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  private static ByteBuffer framed(byte[] payload) {
    return ByteBuffer.allocate(RECORD_HEADER_BYTES + payload.length)
        .putInt(payload.length)
        .putInt(checksum(payload.length, payload))
        .put(payload)
        .flip();
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

  /** A payload as it grows. */
  private static final class Payload {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private @Nullable Scope scope;

    Payload(byte @Nullable [] cursor) {
      number(cursor == null ? NO_CURSOR : cursor.length);
      if (cursor != null) {
        bytes.writeBytes(cursor);
      }
    }

    void add(HeldKey key) {
      if (key.scope().equals(scope)) {
        number(0);
      } else {
        prefixed(key.scope().toByteArray());
        scope = key.scope();
      }
      prefixed(Utf8.bytes(key.key()));
      bytes.write(key.valueDigest().size());
      bytes.writeBytes(key.valueDigest().toByteArray());
    }

    int size() {
      return bytes.size();
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }

    private void prefixed(byte[] part) {
      number(part.length);
      bytes.writeBytes(part);
    }

    private void number(int value) {
      bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    }
  }
}
