package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;

/**
 * Applies one operation. Called on the lane's handler thread, in the order of the log, one at a
 * time per lane.
 */
@FunctionalInterface
public interface OperationHandler {
  /**
   * Applies the operation. It may be called again with the same operation after a crash, so it must
   * be idempotent.
   *
   * @throws Exception to have {@link HandlerFailurePolicy} decide what happens next
   */
  void handle(Operation operation) throws Exception;
}
