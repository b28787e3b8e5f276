package dev.swarmlog.storage;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.RateLimits;
import java.util.List;
import java.util.Optional;

/**
 * A swarm and its heads at one moment.
 *
 * @param slot where it hashes to, 0 to 1023
 * @param incarnation drawn at its creation
 * @param epoch its lineage of history
 * @param ancestors the epochs before, the newest first; the newest {@link EventLog#MAX_ANCESTORS}
 * @param createdUnixNs on the logged clock
 * @param mainHorizonOpId how far {@code main} has been compacted; 0 if it never was
 * @param controlHorizonOpId the same of {@code control}
 * @param rateLimits how fast may be published to it; for those who admit
 * @param failures how many operations its agents could not apply
 */
public record SwarmState(
    String name,
    int slot,
    long incarnation,
    long epoch,
    List<AncestorEpoch> ancestors,
    long createdUnixNs,
    Position mainHead,
    Position controlHead,
    long mainHorizonOpId,
    long controlHorizonOpId,
    RateLimits rateLimits,
    FailureCounts failures) {

  /** Head of a log. */
  public Position head(Log log) {
    return switch (log) {
      case LOG_MAIN -> mainHead;
      case LOG_CONTROL -> controlHead;
      default ->
          throw new IllegalArgumentException(
              "Expected main or control, but got " + LogName.of(log));
    };
  }

  /** The epoch of that number, if it was in force before; empty if not, or too long ago. */
  public Optional<AncestorEpoch> ancestor(long ancestorEpoch) {
    return ancestors.stream().filter(ancestor -> ancestor.epoch() == ancestorEpoch).findFirst();
  }

  /** The lowest operation of a log at which everything about it can be told; durable. */
  public long horizonOpId(Log log) {
    return switch (log) {
      case LOG_MAIN -> mainHorizonOpId;
      case LOG_CONTROL -> controlHorizonOpId;
      default ->
          throw new IllegalArgumentException(
              "Expected main or control, but got " + LogName.of(log));
    };
  }
}
