package dev.swarmlog.server;

import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.server.grpc.GrpcTransport;
import dev.swarmlog.server.grpc.LocalObserver;
import dev.swarmlog.storage.StorageException;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running coordinator: its store is open, its writers run and its port is served.
 *
 * <p>Methods may be called from any thread. The process should call {@link #close} from a shutdown
 * hook.
 */
public final class SwarmlogServer implements AutoCloseable {

  /** What a runtime says that was given 128 MiB, and keeps some of it for itself. */
  private static final long MIN_HEAP_BYTES = 120L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(SwarmlogServer.class);

  /** What writes in flight get to become durable when the time for draining is used up. */
  private static final Duration MIN_TIME_TO_FINISH_WRITES = Duration.ofSeconds(2);

  private final ServerConfiguration configuration;
  private final TimeSource time;
  private final Store store;
  private final ServerComponent component;
  private final DataPath path;
  private final GrpcTransport transport;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CountDownLatch terminated = new CountDownLatch(1);

  private SwarmlogServer(
      ServerConfiguration configuration, Surroundings surroundings, Store store) {
    this.configuration = configuration;
    this.time = surroundings.time();
    this.store = store;
    this.component =
        DaggerServerComponent.factory()
            .create(
                configuration,
                surroundings.limits(),
                surroundings.time(),
                surroundings.memory(),
                surroundings.freeSpace(),
                surroundings.terminator(),
                surroundings.openTelemetry(),
                surroundings.logLevels(),
                new ServerIdentity(version(), surroundings.time().unixNs()),
                store.eventLogs(),
                store.telemetryLog(),
                store.reserve());
    this.path = component.path();
    this.transport = component.transport();
  }

  /**
   * Opens the store, starts the writers and serves the port.
   *
   * @throws StartupException if it cannot; nothing is left open then
   */
  public static SwarmlogServer start(ServerConfiguration configuration) throws StartupException {
    return start(configuration, OpenTelemetry.noop());
  }

  /**
   * As {@link #start(ServerConfiguration)}.
   *
   * @param openTelemetry where metrics and traces go; it is the caller's to close, after the server
   * @throws StartupException if it cannot; nothing is left open then
   */
  public static SwarmlogServer start(ServerConfiguration configuration, OpenTelemetry openTelemetry)
      throws StartupException {
    return start(configuration, openTelemetry, LogLevels.ofTheProgram());
  }

  /**
   * As {@link #start(ServerConfiguration)}, for a process that is nothing but a coordinator.
   *
   * @param openTelemetry where metrics and traces go; it is the caller's to close, after the server
   * @param logLevels how much is logged
   * @throws StartupException if it cannot; nothing is left open then
   */
  public static SwarmlogServer start(
      ServerConfiguration configuration, OpenTelemetry openTelemetry, LogLevels logLevels)
      throws StartupException {
    Surroundings real = Surroundings.real();
    requireHeap(real.memory().heap().maxBytes());
    return start(configuration, real.withOpenTelemetry(openTelemetry).withLogLevels(logLevels));
  }

  static void requireHeap(long maxBytes) throws StartupException {
    if (maxBytes < MIN_HEAP_BYTES) {
      throw new StartupException(
          StartupException.Kind.CONFIGURATION,
          "Expected a heap of at least 128 MiB, but the Java runtime has %d MiB: give it more by -Xmx, such as SWARMLOG_JAVA_OPTS=-Xmx512m."
              .formatted(maxBytes >> 20));
    }
  }

  /**
   * As {@link #start(ServerConfiguration)}, in other surroundings.
   *
   * @throws StartupException if it cannot; nothing is left open then
   */
  public static SwarmlogServer start(ServerConfiguration configuration, Surroundings surroundings)
      throws StartupException {
    configuration.describe().forEach(line -> LOG.info("{}", line));
    if (configuration.insecure()) {
      LOG.warn("insecure is set: whoever reaches the port may do everything");
    }
    try {
      SwarmlogServer server = wire(configuration, surroundings);
      try {
        server.path.start();
        server.transport.start();
      } catch (StartupException | RuntimeException e) {
        server.stopAbruptly();
        throw e;
      }
      LOG.info("Serving on {} port {}", configuration.address().getHostAddress(), server.port());
      return server;
    } catch (StorageException e) {
      throw StartupException.of(e);
    }
  }

  private static SwarmlogServer wire(ServerConfiguration configuration, Surroundings surroundings)
      throws StartupException {
    Store store = Store.open(configuration, surroundings.layers());
    try {
      return new SwarmlogServer(configuration, surroundings, store);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** Version of this build; {@code development} if it does not come from a jar. */
  public static String version() {
    return Optional.ofNullable(SwarmlogServer.class.getPackage())
        .map(Package::getImplementationVersion)
        .orElse("development");
  }

  /** The port it listens on, also when the configured one was 0. */
  public int port() {
    return transport.port();
  }

  /** A way to look on from within this process; it ends with the server. */
  public LocalObserver localObserver() {
    return transport.localObserver();
  }

  /** Waits until it has stopped, for whatever reason. */
  public void awaitTermination() throws InterruptedException {
    terminated.await();
  }

  /**
   * Stops gracefully: asks agents to come back later, takes no new work, waits for open calls as
   * long as the configuration says, makes everything accepted durable, and closes the store.
   * Harmless if it has stopped already; waits if another thread is stopping it.
   */
  @Override
  public void close() {
    stop(this::drain);
  }

  /**
   * Stops at once: open calls are cancelled, what is not yet durable may be lost. For tests, which
   * want to see clients cope with that.
   */
  public void stopAbruptly() {
    stop(() -> {});
  }

  private void stop(Interruptible first) {
    if (!stopping.compareAndSet(false, true)) {
      awaitUninterruptibly();
      return;
    }
    boolean interrupted = false;
    try {
      first.run();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      transport.close();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      path.stop();
    } finally {
      closeStore();
      terminated.countDown();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void closeStore() {
    component.readers().shutdownNow();
    component.housekeeping().shutdownNow();
    try {
      store.close();
      LOG.info("Stopped");
    } catch (StorageException e) {
      // What was acknowledged has been durable all along, so the process may go on ending.
      LOG.error("The store did not close cleanly", e);
    }
  }

  private void drain() throws InterruptedException {
    long deadlineNs = time.monotonicNs() + configuration.drainTimeout().toNanos();
    path.drain("the coordinator is shutting down");
    transport.stopAccepting();
    if (!transport.awaitCalls(configuration.drainTimeout())) {
      LOG.info("Calls are still open after {}; they are cancelled", configuration.drainTimeout());
    }
    Duration left = Duration.ofNanos(deadlineNs - time.monotonicNs());
    Duration toFinish =
        left.compareTo(MIN_TIME_TO_FINISH_WRITES) > 0 ? left : MIN_TIME_TO_FINISH_WRITES;
    if (!path.finishWrites(toFinish)) {
      LOG.warn("Writes were still waiting after {}; they were not acknowledged", toFinish);
    }
  }

  private void awaitUninterruptibly() {
    try {
      terminated.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A step of stopping that may wait. */
  private interface Interruptible {
    void run() throws InterruptedException;
  }
}
