package dev.swarmlog.storage.repair;

import java.util.List;

/**
 * A data directory, as far as it can be read.
 *
 * @param shards by number
 * @param telemetryDamage each place of the telemetry that cannot be read, in words
 */
public record DirectoryCondition(List<ShardCondition> shards, List<String> telemetryDamage) {

  public DirectoryCondition {
    shards = List.copyOf(shards);
    telemetryDamage = List.copyOf(telemetryDamage);
  }

  /** Whether a repair can keep what can be read of each shard. */
  public boolean isRepairable() {
    return shards.stream().allMatch(ShardCondition::repairable);
  }

  /** Nothing is missing, and nothing is damaged. */
  public boolean isWhole() {
    return telemetryDamage.isEmpty() && shards.stream().allMatch(ShardCondition::isWhole);
  }
}
