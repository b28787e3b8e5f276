package dev.swarmlog.bench.orchestrator;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads that call agents, each waiting for one answer at a time, with a bounded queue. */
final class Workers implements AutoCloseable {

  static final int THREADS = 64;
  static final int MAX_QUEUED = 10_000;

  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_QUEUED));

  /** Whether the task will be run; not if the queue is full. */
  boolean offer(Runnable task) {
    try {
      threads.execute(task);
      return true;
    } catch (RejectedExecutionException full) {
      return false;
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
