package dev.swarmlog.console;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Channel;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The console of one coordinator: an HTTP server on loopback, and nowhere else.
 *
 * <p>{@link #start} and {@link #close} are called by one thread at a time; the rest may be called
 * from any thread.
 */
public final class Console implements AutoCloseable {

  private final HttpServer server;
  private final ThreadPoolExecutor threads;

  private Console(HttpServer server, Channel coordinator) {
    this.server = server;
    this.threads = threads();
    server.setExecutor(threads);
    mount("/", new Pages());
    Api api = new Api(coordinator);
    api.paths().forEach(path -> mount(path, api));
  }

  /**
   * Listens on a port of loopback, and answers from then on.
   *
   * @param port 0 for any free one
   * @param coordinator how its services are called; only methods that look on are
   * @throws PortTakenException if another process listens there
   * @throws IOException if the port cannot be listened on for another reason
   */
  public static Console start(int port, Channel coordinator) throws IOException {
    ConsoleLimits.apply();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer server;
    try {
      server = HttpServer.create(address, ConsoleLimits.BACKLOG);
    } catch (BindException e) {
      throw new PortTakenException(port, e);
    }
    Console console = new Console(server, coordinator);
    server.start();
    return console;
  }

  /**
   * Serves one more path, such as {@code /metrics}: exactly this one, by GET, to callers who name
   * this machine.
   */
  public void mount(String path, HttpHandler handler) {
    HttpContext context = server.createContext(path, handler);
    context.getFilters().add(new Gate());
    if (!path.equals("/")) {
      context.getFilters().add(new ExactPath(path));
    }
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Where a browser on this machine finds it, such as {@code http://localhost:7480/}. */
  public String address() {
    return "http://localhost:" + port() + "/";
  }

  /** Stops listening and closes every connection. Harmless if it has stopped. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static ThreadPoolExecutor threads() {
    AtomicInteger count = new AtomicInteger();
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            ConsoleLimits.THREADS,
            ConsoleLimits.THREADS,
            ConsoleLimits.IDLE_S,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(ConsoleLimits.QUEUED_REQUESTS),
            task -> {
              Thread thread = new Thread(task, "swarmlog-console-" + count.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** The JDK's server hands everything that begins with a path to what is mounted there. */
  private static final class ExactPath extends com.sun.net.httpserver.Filter {

    private final String path;

    ExactPath(String path) {
      this.path = path;
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
      if (path.equals(exchange.getRequestURI().getPath())) {
        chain.doFilter(exchange);
      } else {
        Answer.unknownPath().send(exchange);
      }
    }

    @Override
    public String description() {
      return "exactly " + path;
    }
  }
}
