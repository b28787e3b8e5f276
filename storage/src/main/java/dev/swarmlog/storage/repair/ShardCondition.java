package dev.swarmlog.storage.repair;

import java.util.List;

/**
 * One shard, as far as it can be read.
 *
 * @param shard its number, from 0
 * @param acknowledgedEntry the last entry that is known to have been acknowledged
 * @param foundEntry the last entry that can be read
 * @param operationCount operations that can be read
 * @param damage each place that cannot be read or does not fit, in words
 * @param logs all of them, by the name of the swarm
 */
public record ShardCondition(
    int shard,
    long acknowledgedEntry,
    long foundEntry,
    long operationCount,
    List<String> damage,
    List<LogCondition> logs) {

  public ShardCondition {
    damage = List.copyOf(damage);
    logs = List.copyOf(logs);
  }

  /** Nothing is missing, and nothing is damaged. */
  public boolean isWhole() {
    return damage.isEmpty()
        && lostEntries() == 0
        && logs.stream().noneMatch(log -> log.losesSomething() || log.rebuilt());
  }

  /** Entries at the end that are lost, and what they changed with them. */
  public long lostEntries() {
    return Math.max(0, acknowledgedEntry - foundEntry);
  }
}
