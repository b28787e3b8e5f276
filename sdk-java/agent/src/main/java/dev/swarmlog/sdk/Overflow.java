package dev.swarmlog.sdk;

/** What {@link SwarmPublisher#publish} does when the publisher's queue is full. */
public enum Overflow {
  /** The future fails with {@link QueueFullException} at once; nothing was sent. The default. */
  FAIL,
  /**
   * The caller waits for room. Do not use it where the publisher is called from the completion of
   * its own futures, which would wait for themselves.
   */
  BLOCK
}
