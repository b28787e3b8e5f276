package dev.swarmlog.cli;

import dev.swarmlog.sdk.SwarmClient;
import dev.swarmlog.sdk.TerminalException;
import dev.swarmlog.v1.AgentLife;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetOperationLifeRequest;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Swarm;

/**
 * What the coordinator knows of an agent, for an operation of a log.
 *
 * @param life without a fate at the horizon, where the operation itself may have gone
 * @param horizonOpId of the log; 0 if it was never compacted
 */
record KnownAgent(AgentLife life, long horizonOpId) {

  /**
   * Asks for it. Below the horizon the answer is that of the horizon.
   *
   * @throws TerminalException if the operation is beyond the head, or there is no such swarm
   */
  static KnownAgent at(SwarmClient client, String swarm, String agent, Log log, long opId) {
    GetOperationLifeRequest request =
        GetOperationLifeRequest.newBuilder()
            .setSwarm(swarm)
            .setAgent(agent)
            .setLog(log)
            .setOpId(opId)
            .build();
    try {
      return of(client.getOperationLife(request));
    } catch (TerminalException e) {
      if (e.reason() != ErrorReason.ERROR_REASON_BELOW_HORIZON) {
        throw e;
      }
    }
    Swarm found = client.getSwarm(swarm).getSwarm();
    boolean control = log == Log.LOG_CONTROL;
    long horizon = control ? found.getControlHorizonOpId() : found.getMainHorizonOpId();
    long head = (control ? found.getControlHead() : found.getMainHead()).getOpId();
    if (horizon == head) {
      return new KnownAgent(connected(client, swarm, agent, log), horizon);
    }
    KnownAgent above =
        of(client.getOperationLife(request.toBuilder().setOpId(horizon + 1).build()));
    return new KnownAgent(
        above.life().toBuilder().clearFate().clearReason().build(), above.horizonOpId());
  }

  private static KnownAgent of(GetOperationLifeResponse life) {
    return new KnownAgent(life.getAgents(0), life.getHorizonOpId());
  }

  /** What is told of those that are connected, where there is no operation to ask about. */
  private static AgentLife connected(SwarmClient client, String swarm, String agent, Log log) {
    AgentLife.Builder life = AgentLife.newBuilder().setAgent(agent);
    for (ConnectedAgent each : client.listAgents(swarm).getAgentsList()) {
      if (each.getAgent().equals(agent)) {
        life.setConnected(true).addAllRoles(each.getRolesList());
        each.getLanesList().stream()
            .filter(lane -> lane.getLog() == log)
            .mapToLong(ConnectedLane::getAckedOpId)
            .forEach(life::setAckedOpId);
      }
    }
    return life.build();
  }
}
