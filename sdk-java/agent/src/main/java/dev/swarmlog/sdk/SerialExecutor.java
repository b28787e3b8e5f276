package dev.swarmlog.sdk;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs user code one task at a time, in order, on another executor; a burst of tasks costs one hop.
 * Thread-safe.
 *
 * <p>Where the other executor has been shut down, tasks run on the thread that brings them: a
 * completion must not be lost.
 */
final class SerialExecutor implements Executor {
  private static final System.Logger LOG = System.getLogger(SerialExecutor.class.getName());

  private final Executor target;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  // Tasks added and not yet finished. Whoever brings it from 0 to 1 schedules the run.
  private final AtomicInteger unfinished = new AtomicInteger();

  SerialExecutor(Executor target) {
    this.target = target;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    if (unfinished.getAndIncrement() == 0) {
      try {
        target.execute(this::run);
      } catch (RejectedExecutionException e) {
        run();
      }
    }
  }

  private void run() {
    do {
      Runnable task = tasks.remove();
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        LOG.log(System.Logger.Level.WARNING, "A listener or a completion threw", e);
      }
    } while (unfinished.decrementAndGet() > 0);
  }
}
