package dev.swarmlog.sdk;

import com.google.protobuf.Message;
import dev.swarmlog.v1.Operation;

/**
 * Applies one operation whose payload has been parsed. Called like {@link OperationHandler}.
 *
 * @param <T> the payload's protobuf message
 */
@FunctionalInterface
public interface PayloadHandler<T extends Message> {
  /**
   * Applies the operation. It may be called again with the same operation after a crash, so it must
   * be idempotent.
   *
   * @throws Exception to have {@link HandlerFailurePolicy} decide what happens next
   */
  void handle(Operation operation, T payload) throws Exception;
}
