package dev.swarmlog.storage;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;

/**
 * An epoch that was in force in a swarm before acknowledged operations may have been lost.
 *
 * @param epoch its lineage of history
 * @param mainFork the last operation of {@code main} that it shares with the history of today; a
 *     position of that epoch
 * @param controlFork the same of {@code control}
 * @param endedUnixNs when the next epoch began, on the logged clock
 */
public record AncestorEpoch(long epoch, Position mainFork, Position controlFork, long endedUnixNs) {

  /** Where a log of it and that of today part: everything above is of one of them only. */
  public Position fork(Log log) {
    return switch (log) {
      case LOG_MAIN -> mainFork;
      case LOG_CONTROL -> controlFork;
      default ->
          throw new IllegalArgumentException(
              "Expected main or control, but got " + LogName.of(log));
    };
  }
}
