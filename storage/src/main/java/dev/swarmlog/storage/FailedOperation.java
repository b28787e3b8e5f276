package dev.swarmlog.storage;

import com.google.rpc.Status;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/**
 * An operation that an agent could not apply, and that waits to be tried again or is parked.
 *
 * @param operation as it was first delivered
 * @param attempts how often it has been tried
 * @param status what the agent said last: code and message
 * @param retryAtUnixNs when it is tried again, on the logged clock; 0 if it is parked
 * @param parkedUnixNs when it was parked, on the logged clock; 0 if it is not
 */
public record FailedOperation(
    String agent,
    Log log,
    Operation operation,
    int attempts,
    Status status,
    long retryAtUnixNs,
    long parkedUnixNs) {

  /** What names it within its swarm. */
  public Id id() {
    return new Id(agent, log, operation.getOpId());
  }

  /** The name of one of them. */
  public record Id(String agent, Log log, long opId) {}
}
