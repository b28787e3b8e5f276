package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import java.util.List;

/**
 * Decides what happens after a handler threw. Called on the handler thread.
 *
 * <p>The default is {@link #retry()}: nothing is lost and order is kept, at the price that the lane
 * waits.
 */
@FunctionalInterface
public interface HandlerFailurePolicy {
  /** What to do with operations that could not be applied. */
  enum Decision {
    /** Call the handler again after a backoff with jitter, 100 ms to 30 s; the lane waits. */
    RETRY,
    /** Go on as if they had been applied. */
    SKIP,
    /** Stop the agent; its cursor stays before them. */
    STOP
  }

  /**
   * Decides.
   *
   * @param operations what could not be applied: one operation for handlers of operations, all of
   *     the batch for handlers of batches and {@link EffectStore}
   * @param failure what the handler threw
   * @param attempts how often it has been tried by now, at least 1
   */
  Decision decide(List<Operation> operations, Throwable failure, int attempts);

  /** Tries for ever. */
  static HandlerFailurePolicy retry() {
    return (operations, failure, attempts) -> Decision.RETRY;
  }

  /** Tries so often, then skips. */
  static HandlerFailurePolicy skipAfter(int attempts) {
    return (operations, failure, tried) -> tried < attempts ? Decision.RETRY : Decision.SKIP;
  }

  /** Tries so often, then stops the agent. */
  static HandlerFailurePolicy stopAfter(int attempts) {
    return (operations, failure, tried) -> tried < attempts ? Decision.RETRY : Decision.STOP;
  }
}
