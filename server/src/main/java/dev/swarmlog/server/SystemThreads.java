package dev.swarmlog.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Threads of this process. */
final class SystemThreads implements Threads {

  @Override
  public Running start(String name, long waitNs, Step step, End end) {
    Thread thread = new Thread(() -> run(waitNs, step, end), name);
    thread.start();
    return timeout -> join(thread, timeout);
  }

  private static void run(long waitNs, Step step, End end) {
    Throwable failure = null;
    try {
      while (step.run(waitNs)) {
        // One after the other.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    end.run(failure);
  }

  private static boolean join(Thread thread, Duration timeout) throws InterruptedException {
    thread.join(Math.max(1, timeout.toMillis()));
    if (!thread.isAlive()) {
      return true;
    }
    thread.interrupt();
    thread.join();
    return false;
  }

  /** Half the cores: the other half is for those who bring and take frames. */
  @Override
  public List<ExecutorService> senders() {
    int count = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    List<ExecutorService> senders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      senders.add(sender("deliver-" + i));
    }
    return senders;
  }

  private static ExecutorService sender(String name) {
    return Executors.newSingleThreadExecutor(
        step -> {
          Thread thread = new Thread(step, name);
          thread.setDaemon(true);
          return thread;
        });
  }
}
