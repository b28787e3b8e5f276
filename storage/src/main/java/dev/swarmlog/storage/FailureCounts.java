package dev.swarmlog.storage;

/**
 * How many operations of a swarm agents could not apply.
 *
 * @param parked set aside until a person decides
 * @param retries that wait to be tried again, or came again and are not acknowledged yet
 * @param bytes of those that wait or are parked
 */
public record FailureCounts(long parked, long retries, long bytes) {

  /** None. */
  public static final FailureCounts NONE = new FailureCounts(0, 0, 0);
}
