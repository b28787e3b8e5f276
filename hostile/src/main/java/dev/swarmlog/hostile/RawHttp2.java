package dev.swarmlog.hostile;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 client that writes frames by hand, to do what no gRPC client would. */
public final class RawHttp2 implements AutoCloseable {

  public static final int DATA = 0;
  public static final int HEADERS = 1;
  static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;

  public static final int ENHANCE_YOUR_CALM = 11;

  private static final int TIMEOUT_MS = 20_000;

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;

  public RawHttp2(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  private RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MS);
    out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
    in = new DataInputStream(socket.getInputStream());
  }

  /** Over TLS. */
  public static RawHttp2 connect(SSLContext context, int port) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return new RawHttp2(socket);
  }

  public void handshake() throws IOException {
    handshake(new byte[0]);
  }

  /** With settings of its own, as they lie in the frame. */
  public void handshake(byte[] settings) throws IOException {
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.write(frame(SETTINGS, 0, 0, settings));
    out.write(frame(SETTINGS, ACK, 0));
    out.flush();
  }

  /** Writes frames, and leaves nothing of them in a buffer. */
  public void write(byte[]... frames) throws IOException {
    for (byte[] frame : frames) {
      out.write(frame);
    }
    out.flush();
  }

  /** One frame as it came. */
  @SuppressWarnings("ArrayRecordComponent") // compared nowhere
  public record Frame(int type, int flags, int stream, byte[] payload) {}

  /** The next frame; waits for it. */
  public Frame read() throws IOException {
    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    return new Frame(type, flags, stream, in.readNBytes(length));
  }

  /** The next frame of a type; passes over others. */
  public Frame readNext(int type) throws IOException {
    Frame frame = read();
    while (frame.type() != type) {
      frame = read();
    }
    return frame;
  }

  /**
   * How a flood ended.
   *
   * @param closed whether the other side closed the connection, or took no more
   * @param goAway the error code that it gave, if it could give one
   * @param repetitions how often what floods was written before that
   */
  public record Ending(boolean closed, @Nullable Integer goAway, int repetitions) {}

  /**
   * Writes the same again and again, until the other side closes the connection or it was enough.
   *
   * @param frames what is written at a repetition, from 0
   * @param reading whether what comes back is read meanwhile, or only then
   */
  public Ending flood(IntFunction<byte[]> frames, int maxRepetitions, boolean reading) {
    CompletableFuture<Ending> ending = new CompletableFuture<>();
    Thread reader = new Thread(() -> ending.complete(readToEnd()), "raw-http2-reader");
    reader.setDaemon(true);
    if (reading) {
      reader.start();
    }
    int written = 0;
    boolean broken = false;
    try {
      while (written < maxRepetitions && !ending.isDone()) {
        out.write(frames.apply(written++));
      }
      out.flush();
    } catch (IOException e) {
      // Closed while we wrote.
      broken = true;
    }
    if (!reading) {
      reader.start();
    }
    Ending read = ending.join();
    return new Ending(broken || read.closed(), read.goAway(), written);
  }

  private Ending readToEnd() {
    Integer goAway = null;
    try {
      int first;
      while ((first = in.read()) >= 0) {
        int length = first << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(5);
        byte[] payload = in.readNBytes(length);
        if (type == GOAWAY) {
          goAway = ByteBuffer.wrap(payload).getInt(4);
        }
      }
    } catch (SocketTimeoutException e) {
      return new Ending(false, goAway, 0);
    } catch (IOException e) {
      // Reset by the other side.
    }
    return new Ending(true, goAway, 0);
  }

  /** The opening of a call, with all its headers. */
  public static byte[] open(int stream, String path) {
    return frame(HEADERS, END_HEADERS, stream, headers(path));
  }

  static byte[] headers(String path) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    literal(block, ":method", "POST");
    literal(block, ":scheme", "http");
    literal(block, ":path", path);
    literal(block, ":authority", "localhost");
    literal(block, "te", "trailers");
    literal(block, "content-type", "application/grpc");
    return block.toByteArray();
  }

  /**
   * A header field without indexing and with a new name (RFC 7541, 6.2.2); lengths stay below 127.
   */
  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    block.write(name.length());
    block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    block.write(value.length());
    block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
  }

  public static byte[] frame(int type, int flags, int stream, byte... payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >>> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  public static byte[] windowUpdate(int stream, int increment) {
    return frame(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(increment).array());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
