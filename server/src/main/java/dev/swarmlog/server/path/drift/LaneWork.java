package dev.swarmlog.server.path.drift;

import dev.swarmlog.storage.BelowHorizonException;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.Position;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a watch does its work: steps on the lane's serial executor, reading on threads that may
 * block, and frames between two deliveries. Does nothing more once it is stopped.
 *
 * <p><b>Threads.</b> {@link #run} may be called from any thread; the rest belongs to the executor.
 */
final class LaneWork {

  private static final Logger logger = LoggerFactory.getLogger(LaneWork.class);

  private final Watched watched;
  private final Executor readers;
  private final Consumer<RuntimeException> failed;

  // Owned by the executor.
  private boolean stopped;

  /**
   * Nothing is done yet.
   *
   * @param failed is told on the lane's executor when reading has failed
   */
  LaneWork(Watched watched, Executor readers, Consumer<RuntimeException> failed) {
    this.watched = watched;
    this.readers = readers;
    this.failed = failed;
  }

  /** Reads what is sent next. */
  interface Sending {

    /**
     * On a reading thread, while nothing is delivered.
     *
     * @param at where the agent stands when it has applied everything before
     * @return sends it; run on the executor
     */
    Runnable read(EventLog eventLog, Position at);
  }

  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  void run(Runnable step) {
    run(step, () -> {});
  }

  /**
   * Runs a step, or says that nothing is done any more.
   *
   * @return false if neither will be run
   */
  boolean run(Runnable step, Runnable stopping) {
    try {
      watched.executor().execute(() -> (stopped ? stopping : step).run());
      return true;
    } catch (RejectedExecutionException e) {
      logger.debug("A step of a watch came after the shutdown of its executor.", e);
      return false;
    }
  }

  <T> void read(Supplier<T> reading, Consumer<T> next) {
    try {
      readers.execute(
          () -> {
            try {
              T result = reading.get();
              run(() -> next.accept(result));
            } catch (RuntimeException e) {
              // Nothing is wrong here where the horizon has passed the agent.
              if (!(e instanceof BelowHorizonException)) {
                logger.error("Looking for drift failed.", e);
              }
              run(() -> failed.accept(e));
            }
          });
    } catch (RejectedExecutionException e) {
      stop();
    }
  }

  void insert(Sending sending) {
    watched
        .lane()
        .insert(
            (eventLog, at) -> {
              Runnable send = sending.read(eventLog, at);
              return () -> {
                if (!stopped) {
                  send.run();
                }
              };
            });
  }
}
