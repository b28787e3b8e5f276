package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.path.Shard;
import dev.swarmlog.storage.SwarmState;

/**
 * Hears where a swarm is, or why not. Called once, at once or on the shard's writer thread; must
 * not block.
 */
public interface SwarmListener {

  void found(Shard shard, SwarmState swarm);

  void refused(Refusal refusal);
}
