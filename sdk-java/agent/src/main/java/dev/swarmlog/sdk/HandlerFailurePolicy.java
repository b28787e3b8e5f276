package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import java.time.Duration;
import java.util.List;

/**
 * Decides what happens after a handler threw. Called on the handler thread.
 *
 * <p>The default is {@link #retryLater()}: an operation that cannot be applied is tried again at
 * once, and then does not hold up the others. Where order counts for more than that, it is {@link
 * #retry()}.
 */
@FunctionalInterface
public interface HandlerFailurePolicy {
  /** The longest wait of {@link #retryLaterIn} before the first further try. */
  Duration FIRST_RETRY = ContractConduct.duration(ContractConduct.HANDLER.getFirstRetryMs());

  /** The longest wait of {@link #retryLaterIn} before any further try. */
  Duration LAST_RETRY = ContractConduct.duration(ContractConduct.HANDLER.getLastRetryMs());

  /**
   * How often an operation is tried again by {@link Decision#RETRY_AT_ONCE}, each time it comes.
   */
  int MAX_RETRIES_AT_ONCE = ContractConduct.HANDLER.getMaxRetriesAtOnce();

  /** What to do with operations that could not be applied. */
  enum Decision {
    /** Call the handler again after a backoff with jitter, 100 ms to 30 s; the lane waits. */
    RETRY,
    /**
     * Call the handler again at once: {@link #MAX_RETRIES_AT_ONCE} times at most before it is
     * {@link #RETRY_LATER}, and that from the first time on where more than every third try of the
     * lane fails, since what is down is not helped by three times the tries.
     */
    RETRY_AT_ONCE,
    /**
     * Go on with the next operation, and have the coordinator give this one again after a while: as
     * a new operation, see {@link Redelivery}. What has been tried too often is parked by the
     * coordinator (its setting {@code parking.attempts}, 5). The lane waits until the coordinator
     * has answered, and commits then.
     *
     * <p>{@link #RETRY} instead where the coordinator cannot know the operation: in telemetry, for
     * handlers of batches and {@link EffectStore}, for deletions that the agent makes by itself,
     * with a coordinator that does not offer it, and where it says no.
     */
    RETRY_LATER,
    /**
     * Go on with the next operation, and have the coordinator set this one aside until a person
     * replays or purges it. As {@link #RETRY_LATER} otherwise.
     */
    PARK,
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
   * @param attempts how often it has been tried by now, at least 1; of an operation that is given
   *     again, tries before that count
   */
  Decision decide(List<Operation> operations, Throwable failure, int attempts);

  /**
   * The longest wait before an operation is given again; it is between half of that and all of it.
   * Up to a day. By default it doubles with each time, from a second to 5 minutes.
   *
   * @param times how often the agent has been given it by now, at least 1
   */
  default Duration retryLaterIn(int times) {
    Duration longest = FIRST_RETRY.multipliedBy(1L << Math.min(times - 1, 30));
    return longest.compareTo(LAST_RETRY) < 0 ? longest : LAST_RETRY;
  }

  /**
   * Tries again at once, twice at most, then has the coordinator give it again, and park what fails
   * too often.
   */
  static HandlerFailurePolicy retryLater() {
    return (operations, failure, attempts) -> Decision.RETRY_AT_ONCE;
  }

  /** Tries so often, each time later, then parks. */
  static HandlerFailurePolicy parkAfter(int attempts) {
    return (operations, failure, tried) -> tried < attempts ? Decision.RETRY_LATER : Decision.PARK;
  }

  /** Tries for ever, in place: nothing is lost and order is kept, while the lane waits. */
  static HandlerFailurePolicy retry() {
    return (operations, failure, attempts) -> Decision.RETRY;
  }

  /** Tries so often in place, then skips. */
  static HandlerFailurePolicy skipAfter(int attempts) {
    return (operations, failure, tried) -> tried < attempts ? Decision.RETRY : Decision.SKIP;
  }

  /** Tries so often in place, then stops the agent. */
  static HandlerFailurePolicy stopAfter(int attempts) {
    return (operations, failure, tried) -> tried < attempts ? Decision.RETRY : Decision.STOP;
  }
}
