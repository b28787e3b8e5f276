package dev.swarmlog.server.path.deliver;

import java.util.ArrayDeque;

/**
 * What a lane has sent and its agent has not acknowledged, bounded in operations and bytes.
 *
 * <p>One record per frame with operations in it; owned by the lane's executor.
 */
final class Unacknowledged {

  private record Sent(long toInclusive, int operations, int redeliveries, int bytes) {}

  private final int maxOperations;
  private final long maxBytes;
  private final ArrayDeque<Sent> frames = new ArrayDeque<>();
  // Invariant: sums over frames.
  private long operations;
  private long bytes;
  private long sentFirst;
  private long acknowledgedFirst;

  Unacknowledged(int maxOperations, long maxBytes) {
    this.maxOperations = maxOperations;
    this.maxBytes = maxBytes;
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

  void sent(long toInclusive, int operationCount, int redeliveryCount, int byteCount) {
    if (operationCount == 0) {
      return;
    }
    frames.addLast(new Sent(toInclusive, operationCount, redeliveryCount, byteCount));
    sentFirst += operationCount - redeliveryCount;
    operations += operationCount;
    bytes += byteCount;
  }

  /** Cumulative: everything up to here is acknowledged. */
  void acknowledged(long opId) {
    while (!frames.isEmpty() && frames.getFirst().toInclusive() <= opId) {
      Sent frame = frames.removeFirst();
      operations -= frame.operations();
      acknowledgedFirst += frame.operations() - frame.redeliveries();
      bytes -= frame.bytes();
    }
  }
}
