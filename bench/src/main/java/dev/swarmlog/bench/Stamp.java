package dev.swarmlog.bench;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;

/**
 * The head of a payload: which operation of its publisher it is, and when it was due to be
 * published. Publishers and agents are in one process, so its monotonic clock serves both.
 *
 * <pre>
 *   0        8            16
 *   | number | due, in ns | filling ...
 * </pre>
 */
final class Stamp {

  static final int BYTES = 16;

  private static final int DUE_OFFSET = 8;

  private Stamp() {}

  /**
   * Makes a payload.
   *
   * @param filling as long as the payload; its first {@link #BYTES} are replaced
   */
  static ByteString payload(byte[] filling, long number, long dueNs) {
    byte[] bytes = filling.clone();
    ByteBuffer.wrap(bytes).putLong(number).putLong(dueNs);
    return ByteString.copyFrom(bytes);
  }

  static long number(ByteString payload) {
    return readLong(payload, 0);
  }

  static long dueNs(ByteString payload) {
    return readLong(payload, DUE_OFFSET);
  }

  private static long readLong(ByteString bytes, int offset) {
    long value = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      value = value << Byte.SIZE | bytes.byteAt(offset + i) & 0xFF;
    }
    return value;
  }
}
