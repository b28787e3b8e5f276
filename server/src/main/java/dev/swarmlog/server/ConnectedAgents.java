package dev.swarmlog.server;

import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import java.util.List;

/**
 * The agents that have a session now; the data path offers it to administration. May be called from
 * any thread.
 */
public interface ConnectedAgents {

  /**
   * Those of a swarm, by name; a copy.
   *
   * @param token name of the last agent of the page before; empty for the first page
   * @param size 0 for all; at most {@link Limits#maxListPageSize}, larger ones are cut
   */
  Page inSwarm(String swarm, String token, int size);

  /** How many a swarm has. */
  int count(String swarm);

  /**
   * How an agent stands.
   *
   * @param silentNs how long ago its last heartbeat came
   * @param lanes attached
   */
  record Standing(String swarm, long silentNs, List<ConnectedLane> lanes) {}

  /** How all of them stand; goes through all of them. */
  List<Standing> standings();

  /**
   * Some agents of a swarm.
   *
   * @param nextToken empty at the end
   * @param count of all of the swarm
   */
  record Page(List<ConnectedAgent> agents, String nextToken, int count) {}

  /** Open sessions of the coordinator. */
  int sessionCount();
}
