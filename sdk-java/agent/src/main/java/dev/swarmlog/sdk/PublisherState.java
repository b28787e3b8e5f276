package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How a publisher fares with one log.
 *
 * @param log main or control: each has a stream, a queue and a breaker of its own
 * @param breaker whether it sends
 * @param why what keeps the breaker from being closed, or what it waits for, or, for a rate limit,
 *     the last refusal until the groups that waited then are answered; else empty. Also while the
 *     breaker is closed. A coordinator that holds the stream for a rate limit, as it does first,
 *     says nothing: then the oldest group waits longer and longer.
 * @param until when it sends again, by the clock of its connection; empty unless it waits
 * @param queuedGroups groups that wait for their answer, sent or not
 * @param queuedBytes of those, serialized
 * @param oldestWaited how long the oldest of those has been waiting; zero if there is none
 */
public record PublisherState(
    Log log,
    Breaker breaker,
    Optional<RetryableException> why,
    Optional<Instant> until,
    int queuedGroups,
    long queuedBytes,
    Duration oldestWaited) {

  /** Whether a publisher sends. Publications are taken into its queue in any case. */
  public enum Breaker {
    /** It sends. */
    CLOSED,
    /**
     * It sends nothing for a while: it was refused, or could not reach the coordinator, five times
     * in a row, or the coordinator said that it does not serve it ({@code BREAKER_OPEN}).
     */
    OPEN,
    /** It tries one group. If that is answered it goes on, else it waits again. */
    HALF_OPEN
  }
}
