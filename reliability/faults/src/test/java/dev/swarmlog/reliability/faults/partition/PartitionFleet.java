package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;

/**
 * A swarm whose agents can be cut off, each with another view and by turns with another style of
 * effects, and a publisher that is not. Used by one thread.
 */
final class PartitionFleet implements AutoCloseable {
  static final String SWARM = "fleet";

  private final Published published = new Published();
  private final List<PartitionedAgent> agents = new ArrayList<>();
  private final Map<AgentTold, Integer> syncsChecked = new HashMap<>();
  private final SwarmConnection connection;
  private final SwarmPublisher planner;
  private final PartitionTraffic traffic;
  private final LogMirror mirror;
  private long deltas;

  PartitionFleet(
      String target,
      int port,
      int agentCount,
      Path folder,
      Random random,
      ScheduledExecutorService clock)
      throws IOException {
    this.connection = SwarmConnection.to(target);
    this.planner = SwarmPublisher.builder(connection, SWARM, "planner").start();
    this.mirror = new LogMirror(target, SWARM);
    EffectStyle[] styles = EffectStyle.values();
    for (int i = 0; i < agentCount; i++) {
      AgentScopes scopes = AgentScopes.draw("agent-" + i, random);
      agents.add(new PartitionedAgent(SWARM, scopes, styles[i % styles.length], port, folder));
    }
    this.traffic =
        new PartitionTraffic(published, planner, agents, new Random(random.nextLong()), clock);
  }

  List<PartitionedAgent> agents() {
    return agents;
  }

  PartitionTraffic traffic() {
    return traffic;
  }

  LogMirror mirror() {
    return mirror;
  }

  Published published() {
    return published;
  }

  SwarmPublisher planner() {
    return planner;
  }

  /** How many syncs by a delta were held against the least that could have been sent. */
  long deltas() {
    return deltas;
  }

  /** Holds an agent that has applied all of its view against the whole log. */
  List<String> check(PartitionedAgent agent) {
    PartitionCheck check =
        new PartitionCheck(
            agent.toString(),
            agent.scopes().resolved(),
            agent.style().isExactlyOnce(),
            mirror.logs(),
            mirror.horizons());
    List<String> findings = new ArrayList<>(check.state(agent.held(), agent.told()));
    var syncs = agent.told().syncs();
    int checked = syncsChecked.getOrDefault(agent.told(), 0);
    for (int i = checked; i < syncs.size(); i++) {
      findings.addAll(check.delta(syncs.get(i), agent.held(), agent.told()));
    }
    if (findings.isEmpty()) {
      // What is wrong is looked at again the next time.
      deltas += syncs.size() - checked;
      syncsChecked.put(agent.told(), syncs.size());
    }
    return findings;
  }

  @Override
  public void close() {
    agents.forEach(PartitionedAgent::close);
    planner.close();
    connection.close();
  }
}
