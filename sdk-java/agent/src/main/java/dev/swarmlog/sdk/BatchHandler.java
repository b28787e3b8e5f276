package dev.swarmlog.sdk;

/**
 * Applies whole ordered batches. Called on the lane's handler thread, one batch at a time per lane.
 */
@FunctionalInterface
public interface BatchHandler {
  /**
   * Applies the batch. It may be called again with the same operations, cut differently, after a
   * crash.
   *
   * @throws Exception to have {@link HandlerFailurePolicy} decide what happens next
   */
  void handle(Batch batch) throws Exception;
}
