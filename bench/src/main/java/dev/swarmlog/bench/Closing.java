package dev.swarmlog.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** The end of many clients, each of which says goodbye and waits for an answer. */
final class Closing {

  private static final int AT_A_TIME = 32;

  private Closing() {}

  /**
   * Closes all of them, many at a time, and forgets them.
   *
   * @param failure gets a line if one does not close; it ends with the process
   */
  static void all(List<? extends AutoCloseable> clients, Consumer<String> failure) {
    List<Callable<Void>> closing = new ArrayList<>();
    for (AutoCloseable client : clients) {
      closing.add(
          () -> {
            client.close();
            return null;
          });
    }
    clients.clear();
    ExecutorService closers = Executors.newFixedThreadPool(AT_A_TIME);
    try {
      for (Future<Void> closed : closers.invokeAll(closing)) {
        closed.get();
      }
    } catch (ExecutionException e) {
      failure.accept("closing: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closers.shutdownNow();
    }
  }
}
