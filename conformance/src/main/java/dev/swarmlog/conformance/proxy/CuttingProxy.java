package dev.swarmlog.conformance.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Carries connections from a port of its own to the coordinator, counts the gRPC messages that pass
 * either way, and cuts all connections behind one of them, once. What is opened later passes.
 * Thread-safe; two threads per connection.
 */
public final class CuttingProxy implements AutoCloseable {
  /** Never cuts by itself. */
  public static final int NEVER = -1;

  private static final int BUFFER_BYTES = 16 << 10;
  private static final int PREFACE_BYTES =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII).length;

  private final ServerSocket listening;
  private final int cutBehind;
  private final Runnable whenCut;
  private final AtomicInteger passed = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile int port;

  /**
   * A proxy to a port of loopback.
   *
   * @param cutBehind how many messages pass before the cut, from 0; or {@link #NEVER}
   * @param whenCut called once the connections are closed
   */
  public CuttingProxy(int port, int cutBehind, Runnable whenCut) throws IOException {
    this.port = port;
    this.cutBehind = cutBehind;
    this.whenCut = whenCut;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread("proxy-accept", this::accept);
  }

  /** Where clients connect. */
  public int port() {
    return listening.getLocalPort();
  }

  /** Messages that passed. */
  public int passed() {
    return passed.get();
  }

  /** Whether the connection to the coordinator from this port of ours is open. */
  public boolean carries(int fromPort) {
    return open.stream()
        .anyMatch(socket -> socket.getLocalPort() == fromPort && !socket.isClosed());
  }

  /** From now on, connections go to another port. */
  public void leadTo(int another) {
    port = another;
  }

  /** Closes all connections there are. */
  public void drop() {
    // Not those that are opened meanwhile, by a client that comes back at once.
    List.copyOf(open).forEach(CuttingProxy::close);
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      // It is closed then.
    }
    drop();
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket client = listening.accept();
        client.setTcpNoDelay(true);
        open.add(client);
        connect(client);
      } catch (IOException e) {
        // Closed, or the client went at once.
      }
    }
  }

  private void connect(Socket client) {
    try {
      Socket coordinator = new Socket(InetAddress.getLoopbackAddress(), port);
      coordinator.setTcpNoDelay(true);
      open.add(coordinator);
      thread("proxy-up", () -> carry(client, coordinator, new MessageBorders(PREFACE_BYTES)));
      thread("proxy-down", () -> carry(coordinator, client, new MessageBorders(0)));
    } catch (IOException e) {
      close(client); // Nobody listens there.
      open.remove(client);
    }
  }

  private void carry(Socket from, Socket to, MessageBorders borders) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        int begin = 0;
        if (cutBehind == 0 && passed.get() == 0 && passed.compareAndSet(0, 1)) {
          cut();
          return;
        }
        for (int i = 0; i < read; i++) {
          if (borders.next(buffer[i])) {
            out.write(buffer, begin, i + 1 - begin);
            begin = i + 1;
            if (passed.incrementAndGet() == cutBehind) {
              cut();
              return;
            }
          }
        }
        out.write(buffer, begin, read - begin);
      }
    } catch (IOException e) {
      // The other side closed.
    } finally {
      close(from);
      close(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private void cut() {
    drop();
    whenCut.run();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed then.
    }
  }

  private static void thread(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
  }
}
