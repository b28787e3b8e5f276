package dev.swarmlog.server.path.accept;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When something was heard last of agents that have left. Of more than {@link #MAX_AGENTS} those
 * that left first are forgotten. Guarded by the monitor; any thread.
 */
final class Departures {

  static final int MAX_AGENTS = 10_000;

  private final Map<Agent, Long> lastSeenUnixNs = new LinkedHashMap<>();

  private record Agent(String swarm, String name) {}

  synchronized void left(String swarm, String agent, long seenUnixNs) {
    Agent left = new Agent(swarm, agent);
    lastSeenUnixNs.remove(left);
    lastSeenUnixNs.put(left, seenUnixNs);
    if (lastSeenUnixNs.size() > MAX_AGENTS) {
      lastSeenUnixNs.remove(lastSeenUnixNs.keySet().iterator().next());
    }
  }

  /** Wall clock; 0 if it is not known. */
  synchronized long lastSeenUnixNs(String swarm, String agent) {
    return lastSeenUnixNs.getOrDefault(new Agent(swarm, agent), 0L);
  }

  /** Those of a swarm that are remembered, whether they have come back or not. */
  synchronized List<String> ofSwarm(String swarm) {
    return lastSeenUnixNs.keySet().stream()
        .filter(agent -> agent.swarm().equals(swarm))
        .map(Agent::name)
        .toList();
  }
}
