package dev.swarmlog.server;

import java.time.Duration;

/**
 * The data path as the shell drives it: started before the port opens, drained and stopped after it
 * has closed.
 *
 * <p>All calls come from one thread at a time, in the order of the methods below; {@link #stop} may
 * come at any moment after {@link #start}.
 */
public interface DataPath {

  /** Starts the writers. The event logs are open. */
  void start();

  /**
   * Tells every session to finish and come back; from now on new sessions and new groups are
   * refused with {@code SHUTTING_DOWN}. Does not wait.
   */
  void drain(String reason);

  /**
   * Waits until everything accepted is durable and answered.
   *
   * @return whether that was so before the timeout
   */
  boolean finishWrites(Duration timeout) throws InterruptedException;

  /**
   * Ends all threads of the path. When it returns, nothing of the path touches an event log any
   * more.
   */
  void stop();
}
