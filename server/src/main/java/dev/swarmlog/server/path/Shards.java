package dev.swarmlog.server.path;

import dev.swarmlog.storage.Slots;
import java.util.List;

/**
 * All shards of the coordinator, and which of them holds a swarm. Immutable; may be used from any
 * thread.
 *
 * <p>1,024 fixed slots map to shards; the number of shards is fixed in the store.
 */
public final class Shards {

  private final List<Shard> shards;

  /** All of them, in order of index. */
  public Shards(List<Shard> shards) {
    this.shards = List.copyOf(shards);
  }

  /** The shard that holds a swarm of that name, whether it exists or not. */
  public Shard of(String swarm) {
    return shards.get(Slots.shardOf(swarm, shards.size()));
  }

  /** All of them, in order of index. */
  public List<Shard> all() {
    return shards;
  }
}
