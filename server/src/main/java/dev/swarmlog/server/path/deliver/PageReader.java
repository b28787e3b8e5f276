package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.StorageException;
import dev.swarmlog.v1.ErrorReason;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads from a shard's log on threads that may block, for readers whose threads must not.
 *
 * <p>May be called from any thread. Each reader has at most one page under way, so what waits is
 * bounded by the number of readers.
 */
final class PageReader {

  private static final Logger logger = LoggerFactory.getLogger(PageReader.class);

  private final EventLog eventLog;
  private final Executor executor;

  PageReader(EventLog eventLog, Executor executor) {
    this.eventLog = eventLog;
    this.executor = executor;
  }

  /** Reads something. Answers false if the coordinator is stopping; the listener hears nothing. */
  <T> boolean read(Function<EventLog, T> read, PageListener<T> listener) {
    try {
      executor.execute(
          () -> {
            T page;
            try {
              page = read.apply(eventLog);
            } catch (BelowHorizonException e) {
              // The horizon has passed the reader: nothing is wrong here.
              listener.failed(Refusal.of(e));
              return;
            } catch (StorageException e) {
              // Its message says what of which swarm; where it was noticed is of no use.
              logger.error("Expected to read a page of a log, but: {}", e.getMessage());
              listener.failed(
                  Refusal.of(
                      ErrorReason.ERROR_REASON_INTERNAL,
                      "Expected to read on in the log, but: %s What comes before can be read. `swarmlog verify`, while the coordinator is stopped, says what is lost."
                          .formatted(e.getMessage())));
              return;
            } catch (RuntimeException | Error e) {
              logger.error("Reading a page failed.", e);
              listener.failed(
                  Refusal.of(
                      ErrorReason.ERROR_REASON_INTERNAL,
                      "Expected to read a page of the log, but that failed: %s. The coordinator's log says where; connect again."
                          .formatted(e)));
              return;
            }
            listener.read(page);
          });
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Logged time that what expires is held against. */
  long loggedUnixNs() {
    return eventLog.durableLoggedUnixNs();
  }
}
