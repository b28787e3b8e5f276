package dev.swarmlog.conformance.proxy;

import java.util.HashMap;
import java.util.Map;

/**
 * Finds where gRPC messages end in one direction of an HTTP/2 connection (RFC 9113 section 4.1, and
 * the length-prefixed messages of gRPC over HTTP/2). Looks at lengths only. Not thread-safe.
 *
 * <pre>
 *   frame    length u24 | type u8 | flags u8 | stream u31 | payload
 *   message  compressed u8 | length u32 | bytes          over the DATA frames of a stream
 * </pre>
 */
final class MessageBorders {
  private static final int FRAME_HEADER_BYTES = 9;
  private static final int MESSAGE_HEADER_BYTES = 5;
  private static final int DATA = 0;
  private static final int PADDED = 8;

  private final byte[] header = new byte[FRAME_HEADER_BYTES];
  private final Map<Integer, Message> messages = new HashMap<>();
  private int skip;
  private int headerBytes;
  private int payloadLeft;
  private boolean isData;
  private boolean padLengthNext;
  private int padding;
  private int stream;

  /**
   * @param prefaceBytes what comes before the first frame
   */
  MessageBorders(int prefaceBytes) {
    this.skip = prefaceBytes;
  }

  /**
   * Takes the next byte.
   *
   * @return whether a message ends with the frame that ends with it
   */
  boolean next(byte value) {
    if (skip > 0) {
      skip--;
      return false;
    }
    if (headerBytes < FRAME_HEADER_BYTES) {
      header[headerBytes++] = value;
      if (headerBytes == FRAME_HEADER_BYTES) {
        begin();
      }
      return payloadLeft == 0 && headerBytes == FRAME_HEADER_BYTES && endFrame();
    }
    payloadLeft--;
    if (isData) {
      data(value);
    }
    return payloadLeft == 0 && endFrame();
  }

  private void begin() {
    payloadLeft = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
    isData = header[3] == DATA;
    padLengthNext = isData && (header[4] & PADDED) != 0;
    padding = 0;
    stream =
        (header[5] & 0x7f) << 24
            | (header[6] & 0xff) << 16
            | (header[7] & 0xff) << 8
            | header[8] & 0xff;
  }

  private void data(byte value) {
    if (padLengthNext) {
      padLengthNext = false;
      padding = value & 0xff;
    } else if (payloadLeft >= padding) {
      messages.computeIfAbsent(stream, absent -> new Message()).next(value);
    }
  }

  private boolean endFrame() {
    headerBytes = 0;
    Message message = isData ? messages.get(stream) : null;
    return message != null && message.takeEnded();
  }

  /** The message under way on one stream. */
  private static final class Message {
    private int headerBytes;
    private long left;
    private boolean ended;

    void next(byte value) {
      if (headerBytes < MESSAGE_HEADER_BYTES) {
        if (headerBytes > 0) {
          left = left << 8 | value & 0xff;
        }
        headerBytes++;
      } else {
        left--;
      }
      if (headerBytes == MESSAGE_HEADER_BYTES && left == 0) {
        headerBytes = 0;
        ended = true;
      }
    }

    boolean takeEnded() {
      boolean was = ended;
      ended = false;
      return was;
    }
  }
}
