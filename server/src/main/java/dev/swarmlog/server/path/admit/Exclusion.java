package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.v1.ErrorReason;
import java.time.Duration;
import java.util.Map;

/**
 * An agent that is not served for a time, as its breaker is open.
 *
 * @param reason why, for people to read
 * @param untilNs on the monotonic clock; then it is served on trial
 */
public record Exclusion(String swarm, String agent, String reason, long untilNs) {

  /** What the agent is told at a time on the monotonic clock: how long it has to wait from then. */
  public Refusal refusalAt(long nowNs) {
    Duration left = Duration.ofNanos(Math.max(1, untilNs - nowNs));
    return Refusal.of(
            ErrorReason.ERROR_REASON_BREAKER_OPEN,
            "Expected agent '%s' of swarm '%s' to be served, but it %s: it is not served for another %d ms."
                .formatted(agent, swarm, reason, left.toMillis()),
            Map.of("agent", agent, "swarm", swarm))
        .withRetryAfter(left);
  }
}
