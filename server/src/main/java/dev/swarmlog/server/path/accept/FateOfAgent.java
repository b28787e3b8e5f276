package dev.swarmlog.server.path.accept;

import dev.swarmlog.storage.View;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import java.util.Comparator;
import java.util.function.Supplier;

/**
 * What became of an operation for one agent.
 *
 * @param details told only of those that are listed; without name and fate
 */
record FateOfAgent(String agent, AgentFate fate, Supplier<AgentLife.Builder> details) {

  /** Those that somebody should look at first. */
  static final Comparator<FateOfAgent> URGENT_FIRST =
      Comparator.<FateOfAgent>comparingInt(found -> urgency(found.fate()))
          .thenComparing(FateOfAgent::agent);

  /** The same, told with what the agent sees. */
  FateOfAgent with(View view) {
    return new FateOfAgent(agent, fate, () -> details.get().addAllScopes(view.ascending()));
  }

  AgentLife tell() {
    return details.get().setAgent(agent).setFate(fate).build();
  }

  private static int urgency(AgentFate fate) {
    return switch (fate) {
      case AGENT_FATE_PARKED -> 0;
      case AGENT_FATE_RETRY -> 1;
      case AGENT_FATE_SKIPPED -> 2;
      case AGENT_FATE_NOT_CONNECTED -> 3;
      case AGENT_FATE_NOT_DELIVERED -> 4;
      case AGENT_FATE_DELIVERED -> 5;
      case AGENT_FATE_EXPIRED -> 6;
      case AGENT_FATE_SUPERSEDED -> 7;
      case AGENT_FATE_SNAPSHOT -> 8;
      case AGENT_FATE_ACKNOWLEDGED -> 9;
      case AGENT_FATE_NOT_IN_VIEW, AGENT_FATE_UNSPECIFIED, UNRECOGNIZED -> 10;
    };
  }
}
