package dev.swarmlog.conformance.testee;

import dev.swarmlog.conformance.v1.Request;
import dev.swarmlog.conformance.v1.Response;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Messages with their length before them, as testee.proto says. */
final class Frames {
  /** A testee that announces more is no testee. */
  static final int MAX_BYTES = 64 << 20;

  private Frames() {}

  static void write(DataOutputStream out, Request request) throws IOException {
    byte[] bytes = request.toByteArray();
    out.writeInt(bytes.length);
    out.write(bytes);
    out.flush();
  }

  /** The next message; null at the end. */
  static @Nullable Response read(DataInputStream in) throws IOException {
    int length;
    try {
      length = in.readInt();
    } catch (EOFException e) {
      return null;
    }
    if (length < 0 || length > MAX_BYTES) {
      throw new IOException(
          "Expected a message of at most %d bytes on the testee's standard output, but it announces %d: it must write nothing else there"
              .formatted(MAX_BYTES, Integer.toUnsignedLong(length)));
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("Expected a whole message, but the testee ended within one");
    }
    return Response.parseFrom(bytes);
  }
}
