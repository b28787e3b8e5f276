package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.ConnectedAgent;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.ListAgentsResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Connected agents as a table for a person, a row per lane.
 *
 * <p>There is a column of breakers if one is not closed, of handlers if one has been running for
 * more than {@value #LONG_RUNNING_MS} ms, and of agents that hold a lane because its handler fails
 * at nearly everything. A terminal of less than {@value #WIDE_COLUMNS} columns is not shown SDK and
 * peer, and beside those columns no roles and times either, so that names are not cut. Used by one
 * thread.
 */
final class AgentRows {

  private static final int WIDE_COLUMNS = 120;
  private static final long LONG_RUNNING_MS = 1_000;

  private final List<ConnectedAgent> agents;
  private final Map<String, AgentBreaker> breakers = new HashMap<>();
  private final Instant now;
  private final boolean showsBreakers;
  private final boolean showsHandlers;
  private final boolean showsHeld;

  AgentRows(ListAgentsResponse listed, Instant now) {
    this.agents = listed.getAgentsList();
    this.now = now;
    listed.getBreakersList().forEach(breaker -> breakers.put(breaker.getAgent(), breaker));
    this.showsBreakers = !listed.getBreakersList().stream().allMatch(BreakerText::isClosed);
    this.showsHandlers = agents.stream().anyMatch(AgentRows::isLongRunning);
    this.showsHeld = agents.stream().anyMatch(agent -> agent.getHandlerHeldMs() > 0);
  }

  void print(Output output) {
    boolean wide = output.columns() >= WIDE_COLUMNS;
    boolean roomy = wide || !showsBreakers && !showsHandlers && !showsHeld;
    List<String> headings = new ArrayList<>(List.of("AGENT"));
    if (roomy) {
      headings.add("ROLES");
    }
    if (showsBreakers) {
      headings.add("BREAKER");
    }
    if (showsHandlers) {
      headings.add(">HANDLER");
    }
    if (showsHeld) {
      headings.add(">HELD FOR");
    }
    headings.addAll(List.of("LOG", ">APPLIED", ">BEHIND", "STATE"));
    if (roomy) {
      headings.add("CONNECTED");
    }
    if (wide) {
      headings.addAll(List.of("SDK", "PEER"));
    }
    List<List<String>> rows = new ArrayList<>();
    agents.forEach(agent -> addRows(agent, roomy, wide, rows));
    output.table(headings, rows);
  }

  private void addRows(ConnectedAgent agent, boolean roomy, boolean wide, List<List<String>> rows) {
    if (agent.getLanesCount() == 0) {
      rows.add(row(agent, true, List.of("", "", "", "no lane attached"), roomy, wide));
    }
    boolean first = true;
    for (ConnectedLane lane : agent.getLanesList()) {
      List<String> cells =
          List.of(
              PositionText.logName(lane.getLog()),
              Long.toString(lane.getAckedOpId()),
              Long.toString(Math.max(0, lane.getHeadOpId() - lane.getAckedOpId())),
              lane.getState());
      rows.add(row(agent, first, cells, roomy, wide));
      first = false;
    }
  }

  /**
   * @param first whether it is the first row of the agent, which says what is of the agent
   */
  private List<String> row(
      ConnectedAgent agent, boolean first, List<String> lane, boolean roomy, boolean wide) {
    List<String> row = new ArrayList<>();
    row.add(first ? agent.getAgent() : "");
    if (roomy) {
      row.add(first ? String.join(",", agent.getRolesList()) : "");
    }
    if (showsBreakers) {
      row.add(first ? breaker(agent) : "");
    }
    if (showsHandlers) {
      row.add(first && isLongRunning(agent) ? milliseconds(agent.getHandlerRunningMs()) : "");
    }
    if (showsHeld) {
      row.add(first && agent.getHandlerHeldMs() > 0 ? milliseconds(agent.getHandlerHeldMs()) : "");
    }
    row.addAll(lane);
    if (roomy) {
      row.add(first ? connected(agent) : "");
    }
    if (wide) {
      row.add(first ? agent.getSdk() : "");
      row.add(first ? agent.getPeer() : "");
    }
    return row;
  }

  private String breaker(ConnectedAgent agent) {
    AgentBreaker breaker = breakers.get(agent.getAgent());
    return breaker == null ? "closed" : BreakerText.state(breaker.getState());
  }

  private String connected(ConnectedAgent agent) {
    return DurationText.print(
        Duration.between(ContractText.toInstant(agent.getConnectedUnixNano()), now));
  }

  private static String milliseconds(long time) {
    return DurationText.print(Duration.ofMillis(time));
  }

  private static boolean isLongRunning(ConnectedAgent agent) {
    return agent.getHandlerRunningMs() > LONG_RUNNING_MS;
  }
}
