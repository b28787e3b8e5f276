package dev.swarmlog.storage;

import com.google.rpc.Status;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/**
 * An operation that an agent could not apply: it waits to be tried again, is parked, or was given
 * again and is not acknowledged yet.
 *
 * @param operation as it was first delivered
 * @param attempts how often it has been tried
 * @param status what the agent said last: code and message
 * @param retryAtUnixNs when it is tried again, on the logged clock; 0 if it does not wait for that
 * @param parkedUnixNs when it was parked, on the logged clock; 0 if it is not
 * @param releasedOpId as which operation it was given again; 0 if it was not, or is parked again
 */
public record FailedOperation(
    String agent,
    Log log,
    Operation operation,
    int attempts,
    Status status,
    long retryAtUnixNs,
    long parkedUnixNs,
    long releasedOpId) {

  /** What names it within its swarm. */
  public Id id() {
    return new Id(agent, log, operation.getOpId());
  }

  /** The name of one of them. */
  public record Id(String agent, Log log, long opId) {}
}
