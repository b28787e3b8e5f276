package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * What a publisher writes to the log of its program, for one log of the swarm: that it sends
 * nothing and why, and that it does again. Silent while all is well. Called by the producer's
 * steps.
 */
final class PublisherLog {
  private static final System.Logger LOG = System.getLogger(SwarmPublisher.class.getName());

  private final String name;
  private final String target;
  private final LongSupplier nowNs;
  private final RepeatedFailures failures = new RepeatedFailures();
  // Since it sent last a line said that it does not.
  private boolean saidOpen;

  /**
   * @param target the coordinator's address, as the connection was given it
   * @param nowNs a clock that never goes back
   */
  PublisherLog(String swarm, String publisher, Log log, String target, LongSupplier nowNs) {
    this.name = "publisher '%s' of swarm '%s', in %s".formatted(publisher, swarm, Lanes.name(log));
    this.target = target;
    this.nowNs = nowNs;
  }

  /** The breaker opened, or waits anew. */
  void opened(Failure why, Duration wait, Instant until, int queuedGroups) {
    OptionalLong leftOut = failures.count(AgentLog.causeOf(why), nowNs.getAsLong());
    if (leftOut.isPresent()) {
      saidOpen = true;
      LOG.log(
          System.Logger.Level.WARNING,
          () ->
              "Sends nothing to %s until %s, for %s, while %d groups wait: %s: %s%s"
                  .formatted(
                      target,
                      until.truncatedTo(ChronoUnit.MILLIS),
                      Seconds.of(wait),
                      queuedGroups,
                      name,
                      why.describe(),
                      RepeatedFailures.others(leftOut)));
    }
  }

  /** It is refused for a rate limit, and waits. */
  void limited(Failure why, int queuedGroups) {
    OptionalLong leftOut = failures.count(AgentLog.causeOf(why), nowNs.getAsLong());
    if (leftOut.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          () ->
              "Limited by %s, while %d groups wait: %s: %s%s"
                  .formatted(
                      target,
                      queuedGroups,
                      name,
                      why.describe(),
                      RepeatedFailures.others(leftOut)));
    }
  }

  /** What was acknowledged is in the log no more. */
  void lost(long groups, Position newest) {
    LOG.log(
        System.Logger.Level.WARNING,
        () ->
            "Published what %s has lost: %s: the newest %d groups that were acknowledged, up to operation %d, are not in the log any more, and are not published again"
                .formatted(target, name, groups, newest.getOpId()));
  }

  void closed() {
    if (saidOpen) {
      saidOpen = false;
      LOG.log(System.Logger.Level.INFO, () -> "Sends again to %s: %s".formatted(target, name));
    }
  }
}
