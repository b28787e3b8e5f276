package dev.swarmlog.server;

import dev.swarmlog.server.StartupException.Kind;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.TelemetryLog;
import java.util.Deque;

/**
 * The opened store of a coordinator: a data directory, or memory.
 *
 * <p>Opened and closed by one thread at a time. When it is closed no writer thread may be left.
 */
final class Store implements AutoCloseable {

  private final EventLogs eventLogs;
  private final TelemetryLog telemetryLog;

  /** In the order of opening; closed in the opposite one. */
  private final Deque<Runnable> closers;

  Store(EventLogs eventLogs, TelemetryLog telemetryLog, Deque<Runnable> closers) {
    this.eventLogs = eventLogs;
    this.telemetryLog = telemetryLog;
    this.closers = closers;
  }

  /**
   * Opens what the configuration names.
   *
   * @throws dev.swarmlog.storage.StorageException if it cannot be opened; nothing is left open then
   * @throws StartupException if it was made with another number of shards than configured
   */
  static Store open(ServerConfiguration configuration) throws StartupException {
    throw new StartupException(
        Kind.STORE_IO,
        "Expected a store, but this build has none for " + configuration.dataDirectory());
  }

  EventLogs eventLogs() {
    return eventLogs;
  }

  TelemetryLog telemetryLog() {
    return telemetryLog;
  }

  @Override
  public void close() {
    closeAll(closers);
  }

  /** Closes all of them even if one fails; the first failure is thrown. */
  private static void closeAll(Deque<Runnable> closers) {
    RuntimeException first = null;
    while (!closers.isEmpty()) {
      try {
        closers.pop().run();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
