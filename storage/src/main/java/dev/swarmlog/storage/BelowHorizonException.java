package dev.swarmlog.storage;

import dev.swarmlog.v1.Log;

/**
 * A question about a log at an operation below its horizon, where the log no longer has the answer.
 *
 * <p>Nothing is wrong with the store: the caller asked too late, or the horizon moved past it while
 * it read page after page. The message is fit to be shown to a person.
 */
public final class BelowHorizonException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final long horizonOpId;

  /**
   * @param opId asked about
   * @param horizonOpId the lowest that can be asked about
   */
  public BelowHorizonException(String swarm, Log log, long opId, long horizonOpId) {
    super(
        "Expected an operation from the horizon of %s of swarm '%s' on, which is %d, but got %d: what lies below has been compacted."
            .formatted(LogName.of(log), swarm, horizonOpId, opId));
    this.horizonOpId = horizonOpId;
  }

  /** The horizon as it is applied: the lowest operation that can be asked about. */
  public long horizonOpId() {
    return horizonOpId;
  }
}
