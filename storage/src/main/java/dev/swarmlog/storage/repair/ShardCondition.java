package dev.swarmlog.storage.repair;

import java.util.ArrayList;
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
 * @param repairable whether a repair can keep what can be read; if not, only a backup helps
 */
public record ShardCondition(
    int shard,
    long acknowledgedEntry,
    long foundEntry,
    long operationCount,
    List<String> damage,
    List<LogCondition> logs,
    boolean repairable) {

  public ShardCondition {
    damage = List.copyOf(damage);
    logs = List.copyOf(logs);
  }

  /** One of which nothing can be told. */
  public static ShardCondition beyondRepair(
      int shard, long acknowledgedEntry, List<String> damage) {
    return new ShardCondition(
        shard, acknowledgedEntry, acknowledgedEntry, 0, damage, List.of(), /* repairable= */ false);
  }

  /** The same, and something else, which comes first. */
  public ShardCondition withDamage(String more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(damage);
    return new ShardCondition(
        shard, acknowledgedEntry, foundEntry, operationCount, all, logs, repairable);
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
