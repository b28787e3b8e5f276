package dev.swarmlog.reliability.faults;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Has rounds of a fault test run beside each other, as most of a round is waiting. {@code
 * -Dfaults.lanes=N} says how many at a time.
 */
public final class Lanes {
  private static final int COUNT = Integer.getInteger("faults.lanes", 2);

  /** A piece of a test that has nothing to do with the others. */
  @FunctionalInterface
  public interface Round {

    /** Runs it, on a thread of its own. */
    void run() throws Exception;
  }

  private Lanes() {}

  /**
   * Runs all of them.
   *
   * @throws ExecutionException if one failed; those that had begun have ended
   */
  public static void run(List<Round> rounds) throws InterruptedException, ExecutionException {
    List<Callable<Void>> calls = rounds.stream().map(Lanes::callable).toList();
    ExecutorService lanes = Executors.newFixedThreadPool(COUNT);
    try {
      for (Future<Void> ended : lanes.invokeAll(calls)) {
        var unused = ended.get();
      }
    } finally {
      lanes.shutdownNow();
    }
  }

  private static Callable<Void> callable(Round round) {
    return () -> {
      round.run();
      return null;
    };
  }
}
