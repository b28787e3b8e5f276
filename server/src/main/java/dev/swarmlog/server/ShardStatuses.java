package dev.swarmlog.server;

import dev.swarmlog.v1.ShardStatus;
import java.util.List;

/**
 * How each shard is doing; the data path offers it to administration. May be called from any
 * thread.
 */
public interface ShardStatuses {

  /**
   * One per shard, in the order of their numbers; {@code swarm_count} is filled in by
   * administration.
   */
  List<ShardStatus> statuses();
}
