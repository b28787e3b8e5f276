package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.DeltaBounds;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Page;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads pages of a shard's log on threads that may block, for readers whose threads must not.
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

  /** See {@link EventLog#read}. Answers false if the coordinator is stopping. */
  boolean read(
      String swarm,
      Log log,
      View view,
      long fromExclusive,
      long toInclusive,
      int maxBytes,
      PageListener listener) {
    return submit(
        () -> eventLog.read(swarm, log, view, fromExclusive, toInclusive, maxBytes), listener);
  }

  /** See {@link EventLog#readDelta}. Answers false if the coordinator is stopping. */
  boolean readDelta(
      String swarm,
      Log log,
      View view,
      DeltaBounds bounds,
      long cursor,
      int maxBytes,
      PageListener listener) {
    return submit(() -> eventLog.readDelta(swarm, log, view, bounds, cursor, maxBytes), listener);
  }

  private boolean submit(Supplier<Page> read, PageListener listener) {
    try {
      executor.execute(
          () -> {
            Page page;
            try {
              page = read.get();
            } catch (RuntimeException e) {
              logger.error("Reading a page failed.", e);
              listener.failed(
                  Refusal.of(
                      ErrorReason.ERROR_REASON_INTERNAL,
                      "Expected to read a page of the log, but that failed: " + e.getMessage()));
              return;
            }
            listener.page(page);
          });
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }
}
