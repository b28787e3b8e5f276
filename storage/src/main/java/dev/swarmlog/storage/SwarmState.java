package dev.swarmlog.storage;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;

/**
 * A swarm and its heads at one moment.
 *
 * @param slot where it hashes to, 0 to 1023
 * @param incarnation drawn at its creation
 * @param epoch its lineage of history
 * @param createdUnixNs on the logged clock
 */
public record SwarmState(
    String name,
    int slot,
    long incarnation,
    long epoch,
    long createdUnixNs,
    Position mainHead,
    Position controlHead) {

  /** Head of a log. */
  public Position head(Log log) {
    return switch (log) {
      case LOG_MAIN -> mainHead;
      case LOG_CONTROL -> controlHead;
      default -> throw new IllegalArgumentException("Expected main or control, but got " + log);
    };
  }
}
