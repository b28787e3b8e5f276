package dev.swarmlog.server;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.SwarmState;
import java.util.List;
import java.util.Optional;

/**
 * The event logs of all shards, and which swarm lies in which. Immutable; may be used from any
 * thread.
 */
public final class EventLogs {

  private final List<EventLog> shards;

  /**
   * Takes them in the order of their numbers.
   *
   * @param shards at least one; closed by whoever opened them
   */
  public EventLogs(List<EventLog> shards) {
    if (shards.isEmpty()) {
      throw new IllegalArgumentException("Expected at least one shard, but got none");
    }
    this.shards = List.copyOf(shards);
  }

  /** All of them, by number. */
  public List<EventLog> all() {
    return shards;
  }

  /** How many there are. */
  public int shardCount() {
    return shards.size();
  }

  /** The event log of a shard. */
  public EventLog shard(int shard) {
    return shards.get(shard);
  }

  /** Number of the shard that holds a slot. */
  public int shardOf(int slot) {
    return Slots.shardOfSlot(slot, shards.size());
  }

  /** Number of the shard that holds a swarm, whether it exists or not. */
  public int shardOf(String swarm) {
    return Slots.shardOf(swarm, shards.size());
  }

  /** The swarm of that name. Reads the store: for threads that may block. */
  public Optional<SwarmState> swarm(String name) {
    return shards.get(shardOf(name)).swarm(name);
  }
}
