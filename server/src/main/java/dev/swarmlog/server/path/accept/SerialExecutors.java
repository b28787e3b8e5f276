package dev.swarmlog.server.path.accept;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that send: each stream is given one for its life, so that whatever is done for it is
 * done in order and one at a time.
 *
 * <p>Work queued there is bounded by the number of streams: each queues at most one step of each
 * kind.
 */
final class SerialExecutors implements AutoCloseable {

  private final List<ExecutorService> threads;
  private final AtomicInteger next = new AtomicInteger();

  /** Takes threads over: they end when it is closed. */
  SerialExecutors(List<ExecutorService> threads) {
    this.threads = List.copyOf(threads);
  }

  /** The executor for a new stream. */
  Executor next() {
    return threads.get(Math.floorMod(next.getAndIncrement(), threads.size()));
  }

  @Override
  public void close() throws InterruptedException {
    threads.forEach(ExecutorService::shutdown);
    for (ExecutorService thread : threads) {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    }
  }
}
