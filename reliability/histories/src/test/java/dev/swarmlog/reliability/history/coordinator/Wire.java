package dev.swarmlog.reliability.history.coordinator;

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
 * A port that leads to a coordinator, and can be cut. While there is no coordinator, connections
 * wait. Any thread may call it.
 */
final class Wire implements AutoCloseable {

  private static final int BUFFER_BYTES = 8 * 1024;

  private final ServerSocket entrance;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong answerBytesUntilCut = new AtomicLong(Long.MAX_VALUE);

  /** Guarded by the monitor; 0 while there is none. */
  private int targetPort;

  Wire() throws IOException {
    entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    inBackground("wire", this::accept);
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** Where it leads from now on; 0 for nowhere. */
  synchronized void leadTo(int port) {
    targetPort = port;
    notifyAll();
  }

  /** Closes all connections. */
  void cut() {
    for (Socket socket : sockets) {
      close(socket);
    }
  }

  /** Closes all connections within an answer, so many bytes of answers from now. */
  void cutWithinAnswers(long bytes) {
    answerBytesUntilCut.set(bytes);
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    leadTo(-1);
    cut();
  }

  private void accept() throws IOException {
    while (true) {
      Socket near = entrance.accept();
      sockets.add(near);
      inBackground("wire-up", () -> connect(near));
    }
  }

  private void connect(Socket near) throws IOException {
    Socket far = new Socket(InetAddress.getLoopbackAddress(), awaitTarget());
    sockets.add(far);
    near.setTcpNoDelay(true);
    far.setTcpNoDelay(true);
    inBackground("wire-down", () -> pump(far, near, /* answers= */ true));
    pump(near, far, /* answers= */ false);
  }

  private synchronized int awaitTarget() throws IOException {
    try {
      while (targetPort == 0) {
        wait();
      }
      return targetPort;
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void pump(Socket from, Socket to, boolean answers) throws IOException {
    try (from;
        to;
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      byte[] bytes = new byte[BUFFER_BYTES];
      for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
        if (answers && answerBytesUntilCut.addAndGet(-read) < 0) {
          answerBytesUntilCut.set(Long.MAX_VALUE);
          cut();
          return;
        }
        out.write(bytes, 0, read);
      }
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      // What was not sent is not sent any more.
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It was closed already.
      return;
    }
  }

  private interface Transfer {
    void run() throws IOException;
  }

  private static void inBackground(String name, Transfer transfer) {
    Thread thread =
        new Thread(
            () -> {
              try {
                transfer.run();
              } catch (IOException e) {
                // A connection ended, as connections do here.
                return;
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }
}
