package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Origin;
import java.util.Optional;

/**
 * Says of an operation that the agent is given it again: because a handler could not apply it
 * before, or because a person has replayed it from where it was parked.
 *
 * <p>It has an operation ID of its own, which lies above everything applied before it, and is for
 * this agent alone. Otherwise handlers get it as they got the first one: class, target, key,
 * deletion and payload are those. Later operations may have been applied since, but none on the
 * same key: the coordinator gives a key that was written again no more.
 *
 * @param firstOpId of the operation as it came first, in the same log
 * @param triedBefore how often it has been tried before this time
 */
public record Redelivery(long firstOpId, int triedBefore) {

  /** Empty for an operation that comes for the first time. */
  public static Optional<Redelivery> of(Operation operation) {
    return isOne(operation)
        ? Optional.of(new Redelivery(operation.getOrigin().getOpId(), triedBefore(operation)))
        : Optional.empty();
  }

  /** In the log it is an event for one agent; here it becomes what the first one was. */
  static Operation restored(Operation operation) {
    if (!isOne(operation)) {
      return operation;
    }
    Origin first = operation.getOrigin();
    Operation.Builder restored =
        operation.toBuilder()
            .setOperationClassValue(first.getOperationClassValue())
            .setTarget(first.getTarget())
            .setKey(first.getKey())
            .setTombstone(first.getTombstone());
    return (first.getTombstone() ? restored.clearValueDigest() : restored).build();
  }

  static boolean isOne(Operation operation) {
    return operation.getOrigin().getOperationClass() != OperationClass.OPERATION_CLASS_UNSPECIFIED;
  }

  /** 0 for an operation that comes for the first time. */
  static int triedBefore(Operation operation) {
    return Math.max(0, operation.getOrigin().getAttempt());
  }
}
