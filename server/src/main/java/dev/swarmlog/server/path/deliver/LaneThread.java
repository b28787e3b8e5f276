package dev.swarmlog.server.path.deliver;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.ErrorReason;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a lane's steps run, one at a time: a serial executor, and reads of the disk elsewhere whose
 * results come back to it.
 *
 * <p>A step that throws ends the lane with a refusal; else its agent would wait for ever.
 *
 * <p><b>Threads.</b> {@link #run} may be called from any thread; {@link #read} and {@link #reading}
 * belong to the executor.
 */
final class LaneThread {

  private static final Logger logger = LoggerFactory.getLogger(LaneThread.class);

  private final Executor executor;
  private final PageReader pages;
  private final Consumer<Refusal> failed;

  // Owned by the executor.
  private boolean reading;

  /**
   * @param executor serial
   * @param failed is told on the executor why the lane cannot go on
   */
  LaneThread(Executor executor, PageReader pages, Consumer<Refusal> failed) {
    this.executor = executor;
    this.pages = pages;
    this.failed = failed;
  }

  /** Runs a step. */
  void run(Runnable step) {
    try {
      executor.execute(() -> guarded(step));
    } catch (RejectedExecutionException e) {
      logger.debug("A lane's step came after the shutdown of its executor.", e);
    }
  }

  /** Whether a read is under way; there is at most one. */
  boolean reading() {
    return reading;
  }

  /** Reads on a thread that may block, and goes on here with what was read. */
  <T> void read(Function<EventLog, T> read, Consumer<T> next) {
    reading = true;
    boolean taken =
        pages.read(
            read,
            new PageListener<T>() {
              @Override
              public void read(T page) {
                run(
                    () -> {
                      reading = false;
                      next.accept(page);
                    });
              }

              @Override
              public void failed(Refusal refusal) {
                run(
                    () -> {
                      reading = false;
                      failed.accept(refusal);
                    });
              }
            });
    if (!taken) {
      reading = false;
      failed.accept(
          Refusal.of(ErrorReason.ERROR_REASON_SHUTTING_DOWN, "The coordinator is shutting down."));
    }
  }

  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      logger.error("A lane's step failed.", e);
      failed.accept(
          Refusal.of(
              ErrorReason.ERROR_REASON_INTERNAL,
              "Expected to deliver, but that failed: %s. The coordinator's log says where; connect again."
                  .formatted(e)));
    }
  }
}
