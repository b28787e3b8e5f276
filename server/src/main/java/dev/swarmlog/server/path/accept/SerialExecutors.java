package dev.swarmlog.server.path.accept;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

  private final List<ExecutorService> threads = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();

  SerialExecutors(int threadCount) {
    for (int i = 0; i < threadCount; i++) {
      String name = "deliver-" + i;
      threads.add(
          Executors.newSingleThreadExecutor(
              step -> {
                Thread thread = new Thread(step, name);
                thread.setDaemon(true);
                return thread;
              }));
    }
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
