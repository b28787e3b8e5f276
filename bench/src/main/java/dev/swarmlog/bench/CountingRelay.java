package dev.swarmlog.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A relay on the loopback interface that passes on TCP connections to a port of this machine, and
 * counts their bytes: all of what is on the wire but the headers of TCP and IP.
 *
 * <p><b>Threads.</b> One accepts, and two for each connection pass on what comes, each one way, as
 * soon as it comes. Bytes are counted before they are passed on, so whoever got something finds it
 * counted. Counts may be read by any thread; {@link #close} may be called more than once.
 */
final class CountingRelay implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 << 10;
  private static final int BACKLOG = 16;

  private final ServerSocket listener;
  private final int serverPort;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytesUp = new AtomicLong();
  private final AtomicLong bytesDown = new AtomicLong();

  private CountingRelay(ServerSocket listener, int serverPort) {
    this.listener = listener;
    this.serverPort = serverPort;
  }

  /** Opens one, on a free port. */
  static CountingRelay to(int serverPort) throws IOException {
    ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    CountingRelay relay = new CountingRelay(listener, serverPort);
    start("relay-accept", relay::accept);
    return relay;
  }

  /** Where it listens. */
  int port() {
    return listener.getLocalPort();
  }

  /** Bytes that clients sent. */
  long bytesUp() {
    return bytesUp.get();
  }

  /** Bytes that the server sent. */
  long bytesDown() {
    return bytesDown.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = track(listener.accept());
        Socket server = track(new Socket(InetAddress.getLoopbackAddress(), serverPort));
        start("relay-up", () -> passOn(client, server, bytesUp));
        start("relay-down", () -> passOn(server, client, bytesDown));
      }
    } catch (IOException e) {
      // Closed; or the server is gone, and whoever waits for it finds that out.
      close();
    }
  }

  private Socket track(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    open.add(socket);
    if (listener.isClosed()) {
      endQuietly(socket);
    }
    return socket;
  }

  private void passOn(Socket from, Socket to, AtomicLong count) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        count.addAndGet(read);
        out.write(buffer, 0, read);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // One of the two is gone, so the other has nobody to talk to.
      endQuietly(from);
      endQuietly(to);
    }
  }

  private void endQuietly(Socket socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException ignored) {
      // It is of no use any more, in either case.
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends all connections. */
  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException ignored) {
      // It accepts no more, in either case.
    }
    open.forEach(this::endQuietly);
  }
}
