package dev.swarmlog.sdk;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What others may know of a publisher in one log. Written by the producer's steps, one at a time;
 * read by anyone; the user's listener is told on the executor it was made with.
 *
 * <p>A publisher that is refused for a rate limit comes again when it was told, and under a flood
 * is refused again. That is one wait for whoever listens: it begins with the first such refusal,
 * and is over when every group that waited at the last one has been answered.
 */
final class PublisherMonitor {
  private static final Reason NONE = new Reason(Optional.empty(), Optional.empty());

  private final Log log;
  private final QueueBound bound;
  private final InstantSource clock;
  private final PublisherLog programLog;
  private final PublisherListener listener;
  private final Executor listeners;
  private volatile Standing standing =
      new Standing(PublisherState.Breaker.CLOSED, NONE, NONE, Optional.empty());
  // Of the groups that waited when it was refused last for a rate limit, those not answered. 0: it
  // is not limited.
  private int limitedGroups;

  private record Reason(Optional<RetryableException> why, Optional<Instant> until) {}

  /**
   * @param opened why the breaker is not closed, and until when it is open
   * @param paused what is waited for
   * @param limit the last refusal for a rate limit, while that is felt
   */
  private record Standing(
      PublisherState.Breaker breaker,
      Reason opened,
      Reason paused,
      Optional<RetryableException> limit) {}

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
        log,
        now.breaker(),
        now.opened().why().or(now.paused()::why).or(now::limit),
        now.opened().until().or(now.paused()::until),
        bound.groups(),
        bound.bytes(),
        bound.oldestWaited());
  }

  /** As {@link ProducerSession.Output#breakerChanged}. */
  void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs) {
    Standing before = standing;
    Reason opened = why == null ? NONE : reason(why, forNs);
    standing = new Standing(changed, opened, before.paused(), before.limit());
    if (why != null && opened.until().isPresent()) {
      programLog.opened(why, Duration.ofNanos(forNs), opened.until().get(), bound.groups());
    } else if (changed == PublisherState.Breaker.CLOSED) {
      programLog.closed();
    }
    tell();
  }

  /** As {@link ProducerSession.Output#waits}. */
  void waits(Failure why, long forNs) {
    Standing before = standing;
    Reason paused = reason(why, forNs);
    boolean limited = why.reason() == ErrorReason.ERROR_REASON_RATE_LIMITED;
    standing =
        new Standing(
            before.breaker(), before.opened(), paused, limited ? paused.why() : before.limit());
    if (limited) {
      boolean begins = limitedGroups == 0;
      limitedGroups = Math.max(1, bound.groups());
      if (begins) {
        programLog.limited(why, bound.groups());
        tell();
      }
    }
  }

  /** As {@link ProducerSession.Output#resumed}. */
  void resumed() {
    Standing before = standing;
    standing = new Standing(before.breaker(), before.opened(), NONE, before.limit());
  }

  /** As {@link ProducerSession.Output#acknowledgedLost}. */
  void lost(long groups, Position newest) {
    programLog.lost(groups, newest);
    listeners.execute(() -> listener.publishedLost(log, groups, newest));
  }

  /** The oldest group has its answer, and gave back its room. */
  void answered() {
    if (limitedGroups > 0 && --limitedGroups == 0) {
      Standing before = standing;
      standing = new Standing(before.breaker(), before.opened(), before.paused(), Optional.empty());
      tell();
    }
  }

  private Reason reason(Failure why, long forNs) {
    return new Reason(
        Optional.of(why.toRetryable()),
        forNs == 0 ? Optional.empty() : Optional.of(clock.instant().plus(Duration.ofNanos(forNs))));
  }

  private void tell() {
    PublisherState state = state();
    listeners.execute(() -> listener.publisherChanged(state));
  }
}
