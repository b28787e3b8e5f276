package dev.swarmlog.server;

import dev.swarmlog.v1.ConnectedAgent;
import java.util.List;

/**
 * The agents that have a session now; the data path offers it to administration. May be called from
 * any thread.
 */
public interface ConnectedAgents {

  /** Those of a swarm, by name; a copy. */
  List<ConnectedAgent> inSwarm(String swarm);

  /** How many a swarm has. */
  int count(String swarm);

  /** Open sessions of the coordinator. */
  int sessionCount();
}
