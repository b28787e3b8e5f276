package dev.swarmlog.cli;

import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.ListAgentsResponse;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Shows the agents of a swarm that are connected now, and how far each has come, and those that are
 * not served, or were not.
 */
@Command(
    name = "agents",
    description = {
      "Show the connected agents of a swarm, and how far each has come; then whose circuit breaker opened, and why."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog agents fleet",
      "  swarmlog agents fleet --history      with all that breakers did, as far as it is known",
      "  swarmlog agents fleet --json",
    })
final class AgentsCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Option(
      names = "--history",
      description =
          "Show up to 20 changes of a breaker, and not only the last 3. --json always has them.")
  private boolean wholeHistory;

  @Override
  public Integer call() throws Exception {
    connectionOptions.use(
        connection ->
            show(connectionOptions.client(connection).listAgents(swarm), outputOptions.output()));
    return ExitCode.OK.number();
  }

  private void show(ListAgentsResponse listed, Output output) {
    if (outputOptions.json()) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("agents", listed.getAgentsList().stream().map(AgentsCommand::map).toList());
      map.put("breakers", listed.getBreakersList().stream().map(BreakerText::map).toList());
      output.json(map);
      return;
    }
    Instant now = Instant.now();
    if (listed.getAgentsCount() == 0) {
      output.remark("No agent is connected to swarm " + Output.printable(swarm) + ".");
    } else {
      new AgentRows(listed, now).print(output);
    }
    if (listed.getBreakersCount() > 0) {
      if (listed.getAgentsCount() > 0) {
        output.line("");
      }
      BreakerText.print(listed.getBreakersList(), wholeHistory, now, output);
    }
  }

  private static Map<String, Object> map(ConnectedAgent agent) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", agent.getAgent());
    map.put("instance", agent.getInstance());
    map.put("roles", agent.getRolesList());
    map.put("sessionId", agent.getSessionId());
    map.put("principal", agent.getPrincipal());
    map.put("sdk", agent.getSdk());
    map.put("peer", agent.getPeer());
    map.put("connected", ContractText.instant(agent.getConnectedUnixNano()));
    map.put("lastHeartbeat", ContractText.instant(agent.getLastHeartbeatUnixNano()));
    map.put("handlerRunningMs", agent.getHandlerRunningMs());
    map.put("handlerHeldMs", agent.getHandlerHeldMs());
    map.put("lanes", agent.getLanesList().stream().map(AgentsCommand::map).toList());
    return map;
  }

  private static Map<String, Object> map(ConnectedLane lane) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("log", PositionText.logName(lane.getLog()));
    map.put("sentOpId", lane.getSentOpId());
    map.put("ackedOpId", lane.getAckedOpId());
    map.put("headOpId", lane.getHeadOpId());
    map.put("state", lane.getState());
    return map;
  }
}
