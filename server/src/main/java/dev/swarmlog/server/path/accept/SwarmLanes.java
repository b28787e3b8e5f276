package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.deliver.Lane;
import dev.swarmlog.v1.LaneStateCount;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.SwarmOverview;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Adds up the lanes of a swarm's agents. Used by one thread. */
final class SwarmLanes {

  private final Map<String, Integer> states = new TreeMap<>();
  private int agents;
  private long backlogSum;
  private long backlogMax;
  private String backlogMaxAgent = "";
  private long oldestHeartbeatNs = -1;
  private String oldestHeartbeatAgent = "";

  void add(AgentSession session, long nowNs) {
    agents++;
    long backlog = 0;
    for (Log log : AgentBacklogs.logs()) {
      Lane lane = AgentBacklogs.lane(session, log);
      if (lane != null) {
        Lane.Progress progress = lane.progress();
        backlog += AgentBacklogs.of(lane, progress);
        states.merge(progress.state().text(), 1, Integer::sum);
      }
    }
    backlogSum += backlog;
    if (backlog > backlogMax) {
      backlogMax = backlog;
      backlogMaxAgent = session.agent();
    }
    long heartbeatNs = Math.max(0, nowNs - session.lastHeartbeatNs());
    if (heartbeatNs > oldestHeartbeatNs) {
      oldestHeartbeatNs = heartbeatNs;
      oldestHeartbeatAgent = session.agent();
    }
  }

  void tell(SwarmOverview.Builder swarm) {
    swarm
        .setConnectedAgents(agents)
        .setBacklogSum(backlogSum)
        .setBacklogMax(backlogMax)
        .setBacklogMaxAgent(backlogMaxAgent)
        .setOldestHeartbeatMs(TimeUnit.NANOSECONDS.toMillis(Math.max(0, oldestHeartbeatNs)))
        .setOldestHeartbeatAgent(oldestHeartbeatAgent);
    states.forEach(
        (state, count) ->
            swarm.addLaneStates(LaneStateCount.newBuilder().setState(state).setCount(count)));
  }
}
