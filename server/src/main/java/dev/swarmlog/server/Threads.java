package dev.swarmlog.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The threads of the path, injected so that a simulation can take their steps itself. What reads,
 * and what is due at a time, have executors of their own.
 *
 * <p>May be used from any thread.
 */
public interface Threads {

  /** What a thread does over and over. */
  @FunctionalInterface
  interface Step {

    /**
     * Does one piece of work.
     *
     * @param waitNs how long to wait for some at most
     * @return false when there will never be any again
     */
    boolean run(long waitNs) throws InterruptedException;
  }

  /** What a thread does when no step follows. */
  @FunctionalInterface
  interface End {

    /**
     * Takes leave.
     *
     * @param failure what the last step threw; null if none did, or if it was interrupted
     */
    void run(@Nullable Throwable failure);
  }

  /** A loop under way. */
  interface Running {

    /**
     * Waits for the end; interrupts the loop if it takes longer, and waits again.
     *
     * @return whether it ended in time
     */
    boolean join(Duration timeout) throws InterruptedException;
  }

  /** Threads of this process. */
  static Threads system() {
    return new SystemThreads();
  }

  /**
   * Starts a thread that steps until there is nothing more to do.
   *
   * @param name of the thread
   * @param waitNs how long each step waits at most
   */
  Running start(String name, long waitNs, Step step, End end);

  /** New threads that send; each runs what it is given in order, one at a time. */
  List<ExecutorService> senders();
}
