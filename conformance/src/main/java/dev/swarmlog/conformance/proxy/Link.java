package dev.swarmlog.conformance.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carries connections from a port of its own to another port of loopback, so that what is between
 * an agent and its coordinator can go wrong: it can be closed, or carry nothing for a while.
 * Thread-safe; two threads per connection.
 */
public final class Link implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 << 10;

  /** Looks at what passes one way on one connection; called by one thread. */
  interface Gate {
    /** Up to where bytes pass in one piece, {@code from} to {@code to}. */
    int next(byte[] bytes, int from, int to);

    /** The piece has passed; false if nothing more may, and the connection ends. */
    boolean passed();
  }

  /** Makes the gates of connections. */
  interface Gates {
    /** For bytes of a client. */
    Gate up();

    /** For bytes of the coordinator. */
    Gate down();
  }

  private enum Open implements Gate, Gates {
    OPEN;

    @Override
    public int next(byte[] bytes, int from, int to) {
      return to;
    }

    @Override
    public boolean passed() {
      return true;
    }

    @Override
    public Gate up() {
      return this;
    }

    @Override
    public Gate down() {
      return this;
    }
  }

  private final ServerSocket listening;
  private final Gates gates;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Object passage = new Object();
  private boolean held;
  private volatile int port;

  /** To a port of loopback. */
  public Link(int port) throws IOException {
    this(port, Open.OPEN);
  }

  Link(int port, Gates gates) throws IOException {
    this.port = port;
    this.gates = gates;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    thread("link-accept", this::accept);
  }

  /** Where clients connect. */
  public int port() {
    return listening.getLocalPort();
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
    List.copyOf(open).forEach(Link::close);
  }

  /**
   * Carries nothing, either way, until {@link #release}: connections stay open, new ones are taken
   * and lead nowhere yet.
   */
  public void hold() {
    synchronized (passage) {
      held = true;
    }
  }

  /** Carries again, what was held first. */
  public void release() {
    synchronized (passage) {
      held = false;
      passage.notifyAll();
    }
  }

  @Override
  public void close() {
    close(listening);
    drop();
    release();
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
      thread("link-up", () -> carry(client, coordinator, gates.up()));
      thread("link-down", () -> carry(coordinator, client, gates.down()));
    } catch (IOException e) {
      close(client); // Nobody listens there.
      open.remove(client);
    }
  }

  private void carry(Socket from, Socket to, Gate gate) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitRelease();
        for (int begin = 0; begin < read; ) {
          int end = gate.next(buffer, begin, read);
          out.write(buffer, begin, end - begin);
          if (!gate.passed()) {
            return;
          }
          begin = end;
        }
      }
    } catch (IOException e) {
      // The other side closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(from);
      close(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private void awaitRelease() throws InterruptedException {
    synchronized (passage) {
      while (held) {
        passage.wait();
      }
    }
  }

  private static void close(Closeable socket) {
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
