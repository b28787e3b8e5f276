package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.admit.AgentBreakers;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.ErrorReason;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a publisher's requests fare, for its breaker. Whoever publishes under an agent's name counts
 * as that agent. May be called from any thread.
 */
record PublisherConduct(AgentBreakers breakers, String swarm, String publisher) {

  /** What is not the publisher's doing, or follows from a refusal before. */
  private static final Set<ErrorReason> EXCUSED =
      EnumSet.of(
          ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE,
          ErrorReason.ERROR_REASON_OVERLOADED,
          ErrorReason.ERROR_REASON_SHUTTING_DOWN,
          ErrorReason.ERROR_REASON_DISK_FULL,
          ErrorReason.ERROR_REASON_INTERNAL,
          ErrorReason.ERROR_REASON_BREAKER_OPEN);

  /** Why it is not served; null if it is. */
  @Nullable Refusal refusal() {
    return breakers.refusal(swarm, publisher);
  }

  void refused(Refusal refusal) {
    if (!EXCUSED.contains(refusal.reason())) {
      breakers.failed(swarm, publisher, BreakerCause.BREAKER_CAUSE_REFUSALS);
    }
  }

  /**
   * By the rate limits.
   *
   * @param lawful it came no sooner than it was told: that it finds no tokens again is not its
   *     doing
   */
  void turnedAway(Refusal refusal, boolean lawful) {
    if (!lawful || refusal.reason() != ErrorReason.ERROR_REASON_RATE_LIMITED) {
      refused(refusal);
    }
  }

  void accepted() {
    breakers.succeeded(swarm, publisher, BreakerCause.BREAKER_CAUSE_REFUSALS, 1);
  }
}
