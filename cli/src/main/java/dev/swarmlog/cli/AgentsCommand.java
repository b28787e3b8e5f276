package dev.swarmlog.cli;

import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows the agents of a swarm that are connected now, and how far each has come. */
@Command(
    name = "agents",
    description = "Show the connected agents of a swarm, and how far each has come.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  swarmlog agents fleet",
      "  swarmlog agents fleet --json",
    })
final class AgentsCommand implements Callable<Integer> {

  @Mixin private ConnectionOptions connectionOptions;
  @Mixin private OutputOptions outputOptions;

  @Parameters(paramLabel = "SWARM", converter = NameText.class)
  private String swarm;

  @Override
  public Integer call() throws Exception {
    Output output = outputOptions.output();
    connectionOptions.use(
        connection -> {
          List<ConnectedAgent> agents = connectionOptions.client(connection).listAgents(swarm);
          if (outputOptions.json()) {
            output.json(agents.stream().map(AgentsCommand::map).toList());
          } else if (agents.isEmpty()) {
            output.remark("No agent is connected to swarm " + Output.printable(swarm) + ".");
          } else {
            List<List<String>> rows = new ArrayList<>();
            agents.forEach(agent -> addRows(agent, rows));
            output.table(
                List.of(
                    "AGENT",
                    "ROLES",
                    "LOG",
                    ">APPLIED",
                    ">BEHIND",
                    "STATE",
                    "CONNECTED",
                    "SDK",
                    "PEER"),
                rows);
          }
        });
    return ExitCode.OK.number();
  }

  private static void addRows(ConnectedAgent agent, List<List<String>> rows) {
    String connected =
        DurationText.print(
            Duration.between(ContractText.toInstant(agent.getConnectedUnixNano()), Instant.now()));
    List<String> last = List.of(connected, agent.getSdk(), agent.getPeer());
    if (agent.getLanesCount() == 0) {
      rows.add(
          row(
              agent.getAgent(),
              agent,
              List.of("", "", "", "no lane attached" + handlerText(agent)),
              last));
    }
    boolean first = true;
    for (ConnectedLane lane : agent.getLanesList()) {
      List<String> cells =
          List.of(
              PositionText.logName(lane.getLog()),
              Long.toString(lane.getAckedOpId()),
              Long.toString(Math.max(0, lane.getHeadOpId() - lane.getAckedOpId())),
              first ? lane.getState() + handlerText(agent) : lane.getState());
      rows.add(
          row(first ? agent.getAgent() : "", agent, cells, first ? last : List.of("", "", "")));
      first = false;
    }
  }

  /** What a handler that is slow, or stuck, says for itself. */
  private static String handlerText(ConnectedAgent agent) {
    Duration running = Duration.ofMillis(agent.getHandlerRunningMs());
    return running.toSeconds() < 1 ? "" : ", handler running for " + DurationText.print(running);
  }

  private static List<String> row(
      String name, ConnectedAgent agent, List<String> lane, List<String> last) {
    List<String> row = new ArrayList<>();
    row.add(name);
    row.add(name.isEmpty() ? "" : String.join(",", agent.getRolesList()));
    row.addAll(lane);
    row.addAll(last);
    return row;
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
