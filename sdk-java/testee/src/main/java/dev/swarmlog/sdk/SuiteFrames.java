package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import dev.swarmlog.conformance.v1.Request;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Messages over two streams of bytes, each with its length before it: 4 bytes, big-endian. Reading
 * is for one thread, writing for any.
 */
final class SuiteFrames {
  /** The largest message an SDK takes, and as much again for what is around it. */
  static final int MAX_BYTES = 128 << 20;

  private final DataInputStream in;
  private final Object writing = new Object();
  // Guarded by writing.
  private final DataOutputStream out;

  SuiteFrames(InputStream in, OutputStream out) {
    this.in = new DataInputStream(in);
    this.out = new DataOutputStream(out);
  }

  /**
   * Waits for the next request; null at the end of the stream.
   *
   * @throws IOException if the stream ends within a message, or what comes is none
   */
  @Nullable Request read() throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    int length =
        first << 24
            | in.readUnsignedByte() << 16
            | in.readUnsignedByte() << 8
            | in.readUnsignedByte();
    if (length < 0 || length > MAX_BYTES) {
      throw new IOException(
          "Expected a message of up to %d bytes, but the length before it is %d"
              .formatted(MAX_BYTES, length));
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return Request.parseFrom(bytes);
  }

  /** Writes a message and flushes it; waits while the other end does not read. */
  void write(Message message) throws IOException {
    byte[] bytes = message.toByteArray();
    synchronized (writing) {
      out.writeInt(bytes.length);
      out.write(bytes);
      out.flush();
    }
  }
}
