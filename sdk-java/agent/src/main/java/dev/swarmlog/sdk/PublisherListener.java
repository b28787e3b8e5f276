package dev.swarmlog.sdk;

/**
 * Is told how a publisher fares. Called one call at a time, in order, on a thread of the
 * connection's executor, never on a network thread; a slow listener delays later calls to it, and
 * futures of the publisher. What it throws is logged.
 */
public interface PublisherListener {
  /**
   * The breaker of a publisher opened, or waits anew; tries one group; or closed. Or a rate limit
   * is felt, or no more: told once when the first group is refused with {@code RATE_LIMITED}, and
   * once when all that waited at the last such refusal are answered; {@link PublisherState#why}
   * tells which.
   *
   * @param state as it was then; {@link SwarmPublisher#state} is how it is now
   */
  default void publisherChanged(PublisherState state) {}
}
