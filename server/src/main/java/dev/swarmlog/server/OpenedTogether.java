package dev.swarmlog.server;

import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Parts of a store that are opened at once, each on a thread of its own while there are processors.
 * Used by one thread.
 */
final class OpenedTogether {

  private final Deque<Runnable> closers;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final List<Opening<?>> begun = new ArrayList<>();

  /** One part, and how it is closed. */
  private record Opening<T>(CompletableFuture<T> opened, Consumer<T> closing) {

    Runnable closer() {
      T part = opened.join();
      return () -> closing.accept(part);
    }
  }

  /**
   * @param closers gets what closes each part, in the order in which they were begun
   */
  OpenedTogether(Deque<Runnable> closers) {
    this.closers = closers;
  }

  /** Begins to open a part. The future is for after {@link #await}. */
  <T> CompletableFuture<T> begin(Supplier<T> opening, Consumer<T> closing) {
    CompletableFuture<T> opened = CompletableFuture.supplyAsync(opening, threads);
    begun.add(new Opening<>(opened, closing));
    return opened;
  }

  /**
   * Waits until all parts are open, or have failed to; once. Of several failures the first, in the
   * order in which the parts were begun, is thrown; those that opened are left to the closers.
   */
  void await() {
    threads.shutdown();
    RuntimeException first = null;
    for (Opening<?> opening : begun) {
      try {
        closers.push(opening.closer());
      } catch (CompletionException e) {
        first = join(first, e);
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static RuntimeException join(
      @Nullable RuntimeException first, CompletionException failure) {
    RuntimeException thrown =
        failure.getCause() instanceof RuntimeException cause ? cause : failure;
    if (first == null) {
      return thrown;
    }
    first.addSuppressed(thrown);
    return first;
  }
}
