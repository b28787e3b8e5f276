package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What others may know of a publisher in one log. Written by the producer's steps, read by anyone;
 * the user's listener is told on the executor it was made with.
 */
final class PublisherMonitor {
  private final Log log;
  private final QueueBound bound;
  private final InstantSource clock;
  private final PublisherLog programLog;
  private final PublisherListener listener;
  private final Executor listeners;
  private volatile Standing standing =
      new Standing(PublisherState.Breaker.CLOSED, Optional.empty(), Optional.empty());

  private record Standing(
      PublisherState.Breaker breaker, Optional<RetryableException> why, Optional<Instant> until) {}

  PublisherMonitor(
      Log log,
      QueueBound bound,
      InstantSource clock,
      PublisherLog programLog,
      PublisherListener listener,
      Executor listeners) {
    this.log = log;
    this.bound = bound;
    this.clock = clock;
    this.programLog = programLog;
    this.listener = listener;
    this.listeners = listeners;
  }

  PublisherState state() {
    Standing now = standing;
    return new PublisherState(
        log, now.breaker(), now.why(), now.until(), bound.groups(), bound.bytes());
  }

  /** As {@link ProducerSession.Output#breakerChanged}. */
  void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs) {
    standing =
        new Standing(
            changed,
            Optional.ofNullable(why).map(Failure::toRetryable),
            forNs == 0
                ? Optional.empty()
                : Optional.of(clock.instant().plus(Duration.ofNanos(forNs))));
    PublisherState state = state();
    if (why != null && state.until().isPresent()) {
      programLog.opened(why, Duration.ofNanos(forNs), state.until().get(), state.queuedGroups());
    } else if (changed == PublisherState.Breaker.CLOSED) {
      programLog.closed();
    }
    listeners.execute(() -> listener.publisherChanged(state));
  }
}
