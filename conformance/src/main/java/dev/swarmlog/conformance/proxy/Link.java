package dev.swarmlog.conformance.proxy;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carries connections from a port of its own to another port of loopback, so that what is between
 * an agent and its coordinator can go wrong: it can be closed, at one end or both, or carry nothing
 * for a while, one way or both, or lose bytes. Thread-safe; two threads per connection.
 */
public final class Link implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 << 10;

  /** A direction in which bytes pass. */
  public enum Way {
    /** From clients to the coordinator. */
    UP,
    /** From the coordinator to clients. */
    DOWN
  }

  /** Who is at an end of a connection. */
  public enum End {
    CLIENT,
    COORDINATOR
  }

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
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Object passage = new Object();
  // Guarded by passage, as is what connections wait for.
  private final Set<Way> held = EnumSet.noneOf(Way.class);
  private final Map<Way, Integer> toLose = new EnumMap<>(Way.class);
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
    return open.stream().anyMatch(connection -> connection.carries(fromPort));
  }

  /** From now on, connections go to another port. */
  public void leadTo(int another) {
    port = another;
  }

  /** Closes all connections there are, at both ends, whatever is held. */
  public void drop() {
    // Not those that are opened meanwhile, by a client that comes back at once.
    List.copyOf(open).forEach(Connection::drop);
  }

  /**
   * Closes one end of all connections there are, and leaves the other one open and silent until
   * {@link #drop}: nobody tells it. New connections are carried.
   */
  public void closeOnly(End end) {
    List.copyOf(open).forEach(connection -> connection.closeOnly(end));
  }

  /**
   * Carries nothing, either way, until {@link #release}: connections stay open, new ones are taken
   * and lead nowhere yet. What ends meanwhile does so without a word to the other end.
   */
  public void hold() {
    hold(Way.UP);
    hold(Way.DOWN);
  }

  /** Carries nothing one way until {@link #release}, and goes on carrying the other way. */
  public void hold(Way way) {
    synchronized (passage) {
      held.add(way);
    }
  }

  /** Carries again, what was held first. */
  public void release() {
    synchronized (passage) {
      held.clear();
      passage.notifyAll();
    }
  }

  /** Loses the next bytes that pass one way, as no network may that carries TCP. */
  public void lose(Way way, int bytes) {
    synchronized (passage) {
      toLose.merge(way, bytes, Integer::sum);
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
        connect(client);
      } catch (IOException e) {
        // Closed, or the client went at once.
      }
    }
  }

  private void connect(Socket client) {
    // Known before it leads anywhere, so that nothing that happens to all passes it by.
    Connection connection = new Connection(client, new Socket());
    open.add(connection);
    try {
      connection.coordinator.setTcpNoDelay(true);
      connection.coordinator.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      thread("link-up", () -> connection.carry(Way.UP, gates.up()));
      thread("link-down", () -> connection.carry(Way.DOWN, gates.down()));
    } catch (IOException e) {
      connection.leadsNowhere();
    }
    if (listening.isClosed()) {
      connection.drop();
    }
  }

  /** How many of these bytes are lost. */
  private int lost(Way way, int bytes) {
    synchronized (passage) {
      int lost = Math.min(bytes, toLose.getOrDefault(way, 0));
      toLose.merge(way, -lost, Integer::sum);
      return lost;
    }
  }

  /** One connection of a client, and the one to the coordinator that goes with it. */
  private final class Connection {
    private final Socket client;
    private final Socket coordinator;
    // Guarded by passage: one end is closed, and the other one is not told; both are to be closed.
    private boolean halfOpen;
    private boolean dropped;

    Connection(Socket client, Socket coordinator) {
      this.client = client;
      this.coordinator = coordinator;
    }

    boolean carries(int fromPort) {
      return coordinator.getLocalPort() == fromPort && !coordinator.isClosed();
    }

    void drop() {
      synchronized (passage) {
        dropped = true;
        passage.notifyAll();
      }
      end();
    }

    void closeOnly(End end) {
      synchronized (passage) {
        halfOpen = true;
      }
      close(end == End.CLIENT ? client : coordinator);
    }

    /** Nobody listens there, or the end there was closed before it was known to be open. */
    void leadsNowhere() {
      synchronized (passage) {
        if (halfOpen && !dropped) {
          return; // Until it is dropped.
        }
      }
      end();
    }

    void carry(Way way, Gate gate) {
      try {
        carryUntilEnd(way, gate);
        // The end passes behind what was sent before it.
        awaitPassage(way);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        end();
      }
    }

    private void carryUntilEnd(Way way, Gate gate) throws InterruptedException {
      byte[] buffer = new byte[BUFFER_BYTES];
      try {
        InputStream in = (way == Way.UP ? client : coordinator).getInputStream();
        OutputStream out = (way == Way.UP ? coordinator : client).getOutputStream();
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          awaitPassage(way);
          for (int begin = lost(way, read); begin < read; ) {
            int end = gate.next(buffer, begin, read);
            out.write(buffer, begin, end - begin);
            if (!gate.passed()) {
              return;
            }
            begin = end;
          }
        }
      } catch (IOException e) {
        // One of the sides closed.
      }
    }

    private void awaitPassage(Way way) throws InterruptedException {
      synchronized (passage) {
        while (!dropped && (halfOpen || held.contains(way))) {
          passage.wait();
        }
      }
    }

    private void end() {
      close(client);
      close(coordinator);
      open.remove(this);
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
