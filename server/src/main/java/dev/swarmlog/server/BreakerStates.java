package dev.swarmlog.server;

import dev.swarmlog.v1.AgentBreaker;
import java.util.List;

/**
 * The breakers of agents, as the data path offers them to administration. May be called from any
 * thread.
 */
@FunctionalInterface
public interface BreakerStates {

  /** Of agents of a swarm that were not served at some time, connected or not, by name; a copy. */
  List<AgentBreaker> inSwarm(String swarm);
}
