package dev.swarmlog.server.contract;

import static dev.swarmlog.hostile.RawHttp2.frame;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.swarmlog.hostile.RawHttp2;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * gRPC by hand over one connection: every window is opened by the test, and every frame that comes
 * is counted in the order in which it comes. Used by one thread.
 */
final class FrameConnection implements AutoCloseable {

  private static final int MAX_FRAME_BYTES = 16_384;
  private static final int DEFAULT_WINDOW_BYTES = 65_535;
  private static final int PREFIX_BYTES = 5;

  /** INITIAL_WINDOW_SIZE (4) is 0: nothing comes on a stream before it is granted. */
  private static final byte[] NO_WINDOW = {0, 4, 0, 0, 0, 0};

  private final RawHttp2 connection;
  private final Map<Integer, Stream> streams = new HashMap<>();
  private int lastStream = -1;
  private int pingAcks;
  private long sendWindow = DEFAULT_WINDOW_BYTES;
  private long initialSendWindow = DEFAULT_WINDOW_BYTES;

  private static final class Stream {
    private ByteString received = ByteString.EMPTY;
    private long sendWindow;
    private int frames;
    private long dataBytes;
  }

  /** Connects, and opens the window of the connection as far as it goes. */
  FrameConnection(int port) throws IOException {
    connection = new RawHttp2(port);
    connection.handshake(NO_WINDOW);
    streams.put(0, new Stream());
    grant(0, 1 << 30);
    while (initialSendWindow == DEFAULT_WINDOW_BYTES) {
      readFrame();
    }
  }

  /** Opens a call; nothing comes on it before the window is opened with {@link #grant}. */
  int open(String method) throws IOException {
    lastStream += 2;
    Stream opened = new Stream();
    opened.sendWindow = initialSendWindow;
    streams.put(lastStream, opened);
    connection.write(RawHttp2.open(lastStream, "/" + method));
    return lastStream;
  }

  /** Lets so many bytes more come on a stream; 0 is the connection. */
  void grant(int stream, int bytes) throws IOException {
    connection.write(RawHttp2.windowUpdate(stream, bytes));
  }

  /** Whether the coordinator takes a message now, as far as is known. */
  boolean maySend(int stream, MessageLite message) {
    int bytes = PREFIX_BYTES + message.getSerializedSize();
    return bytes <= sendWindow && bytes <= streams.get(stream).sendWindow;
  }

  /** Whether the coordinator would take a message if the connection were all that matters. */
  boolean connectionTakes(MessageLite message) {
    return PREFIX_BYTES + message.getSerializedSize() <= sendWindow;
  }

  /** Sends a message; the windows must be open for it. */
  void send(int stream, MessageLite message) throws IOException {
    assertThat(maySend(stream, message)).as("window of stream %d", stream).isTrue();
    byte[] bytes =
        ByteBuffer.allocate(PREFIX_BYTES + message.getSerializedSize())
            .put((byte) 0)
            .putInt(message.getSerializedSize())
            .put(message.toByteArray())
            .array();
    sendWindow -= bytes.length;
    streams.get(stream).sendWindow -= bytes.length;
    for (int from = 0; from < bytes.length; from += MAX_FRAME_BYTES) {
      int length = Math.min(MAX_FRAME_BYTES, bytes.length - from);
      byte[] piece = new byte[length];
      System.arraycopy(bytes, from, piece, 0, length);
      connection.write(frame(RawHttp2.DATA, 0, stream, piece));
    }
  }

  /** The next message of a stream; reads frames of all streams until it is whole. */
  <T> T next(int stream, Parser<T> parser) throws IOException {
    Stream of = streams.get(stream);
    while (!whole(of)) {
      readFrame();
    }
    int end = PREFIX_BYTES + length(of);
    ByteString message = of.received.substring(PREFIX_BYTES, end);
    of.received = of.received.substring(end);
    return parser.parseFrom(message);
  }

  /** Reads what the coordinator has sent until now, and so hears of windows that it has opened. */
  void ping() throws IOException {
    int acksBefore = pingAcks;
    connection.write(frame(RawHttp2.PING, 0, 0, new byte[8]));
    while (pingAcks == acksBefore) {
      readFrame();
    }
  }

  /** Frames that have come of all streams but one; the connection's own are among them. */
  int framesOfOthersThan(int stream) {
    return streams.entrySet().stream()
        .filter(entry -> entry.getKey() != stream)
        .mapToInt(entry -> entry.getValue().frames)
        .sum();
  }

  /** Bytes of data that have come on a stream. */
  long dataBytes(int stream) {
    return streams.get(stream).dataBytes;
  }

  private static boolean whole(Stream stream) {
    return stream.received.size() >= PREFIX_BYTES
        && stream.received.size() >= PREFIX_BYTES + length(stream);
  }

  private static int length(Stream stream) {
    return stream.received.substring(1, PREFIX_BYTES).asReadOnlyByteBuffer().getInt();
  }

  /** Takes in one more frame; waits for it. */
  void readFrame() throws IOException {
    RawHttp2.Frame frame = connection.read();
    Stream stream = streams.get(frame.stream());
    assertThat(stream).as("stream %d", frame.stream()).isNotNull();
    stream.frames++;
    switch (frame.type()) {
      case RawHttp2.DATA -> {
        assertThat(frame.flags() & RawHttp2.END_STREAM).as("the call goes on").isZero();
        stream.received = stream.received.concat(ByteString.copyFrom(frame.payload()));
        stream.dataBytes += frame.payload().length;
      }
      case RawHttp2.HEADERS ->
          assertThat(frame.flags() & RawHttp2.END_STREAM).as("the call goes on").isZero();
      case RawHttp2.WINDOW_UPDATE -> {
        int bytes = ByteBuffer.wrap(frame.payload()).getInt();
        if (frame.stream() == 0) {
          sendWindow += bytes;
        } else {
          stream.sendWindow += bytes;
        }
      }
      case RawHttp2.SETTINGS -> settings(ByteBuffer.wrap(frame.payload()));
      case RawHttp2.RST_STREAM, RawHttp2.GOAWAY ->
          throw new IOException("Expected the connection and its calls to go on, but got " + frame);
      case RawHttp2.PING -> pingAcks += frame.flags() & RawHttp2.ACK;
      default -> {
        // Of no importance here.
      }
    }
  }

  private void settings(ByteBuffer payload) {
    while (payload.hasRemaining()) {
      short name = payload.getShort();
      int value = payload.getInt();
      if (name == 4) {
        initialSendWindow = value;
      }
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
