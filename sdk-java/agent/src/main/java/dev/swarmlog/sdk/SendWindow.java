package dev.swarmlog.sdk;

/**
 * How many groups a producer may have in flight. After a refusal a single one is tried, then twice
 * as many with each answer, up to what the coordinator allows: what lies behind a refused group is
 * sent in vain, so where much is refused little is sent. See "slow start", RFC 5681. Pure, not
 * thread-safe.
 */
final class SendWindow {
  // 1 <= allowed <= most.
  private int most = 1;
  private int allowed = 1;

  /** A stream is open that takes so many. */
  void open(int groups) {
    most = Math.max(1, groups);
    allowed = most;
  }

  /** One, and no other before it is answered. */
  void shrink() {
    allowed = 1;
  }

  /** One was answered as it should be. */
  void grow() {
    allowed = Math.min(most, 2 * allowed);
  }

  boolean hasRoom(int inFlight) {
    return inFlight < allowed;
  }
}
