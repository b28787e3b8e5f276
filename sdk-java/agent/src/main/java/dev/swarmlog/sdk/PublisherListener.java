package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;

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

  /**
   * The coordinator has lost groups that it had acknowledged: the newest ones that this publisher
   * published to a log. Their futures were completed long since; they are in the log no more, and
   * are not published again. What waits for its answer is published as always.
   *
   * @param groups how many
   * @param newest where the newest of them was
   */
  default void publishedLost(Log log, long groups, Position newest) {}
}
