package dev.swarmlog.server.path.deliver;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a lane has sent and its agent has not acknowledged, bounded in operations and bytes.
 *
 * <p>One record per frame with operations in it; owned by the lane's executor.
 */
final class Unacknowledged {

  private record Sent(
      long toInclusive, int operations, int redeliveries, int bytes, List<RunOrigin> origins) {}

  private final int maxOperations;
  private final long maxBytes;
  private final LogFigures figures;
  private final ArrayDeque<Sent> frames = new ArrayDeque<>();
  // Invariant: sums over frames.
  private long operations;
  private long bytes;
  private long sentFirst;
  private long acknowledgedFirst;

  Unacknowledged(int maxOperations, long maxBytes, LogFigures figures) {
    this.maxOperations = maxOperations;
    this.maxBytes = maxBytes;
    this.figures = figures;
  }

  boolean full() {
    return operations >= maxOperations || bytes >= maxBytes;
  }

  /** Operations sent so far, but for those that the agent was given again. */
  long sentFirst() {
    return sentFirst;
  }

  /** Of these, the ones that are acknowledged, in whole frames. */
  long acknowledgedFirst() {
    return acknowledgedFirst;
  }

  void sent(DeliveryFrame frame) {
    if (frame.operationCount() == 0) {
      return;
    }
    frames.addLast(
        new Sent(
            frame.to().getOpId(),
            frame.operationCount(),
            frame.redeliveryCount(),
            frame.runBytes(),
            frame.origins()));
    sentFirst += frame.operationCount() - frame.redeliveryCount();
    operations += frame.operationCount();
    bytes += frame.runBytes();
  }

  /**
   * Cumulative: everything up to here is acknowledged.
   *
   * @param arrived is told of each frame that is now
   */
  void acknowledged(long opId, long nowNs, Consumer<List<RunOrigin>> arrived) {
    while (!frames.isEmpty() && frames.getFirst().toInclusive() <= opId) {
      Sent frame = frames.removeFirst();
      operations -= frame.operations();
      acknowledgedFirst += frame.operations() - frame.redeliveries();
      bytes -= frame.bytes();
      figures.acknowledged(frame.operations(), frame.origins(), nowNs);
      arrived.accept(frame.origins());
    }
  }
}
