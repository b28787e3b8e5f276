package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentFate;
import picocli.CommandLine.Help.Ansi.Style;

/** What became of an operation for an agent, in a word or two. */
final class FateText {

  private FateText() {}

  static String print(AgentFate fate) {
    return switch (fate) {
      case AGENT_FATE_RETRY -> "comes again";
      case AGENT_FATE_PARKED -> "parked";
      case AGENT_FATE_SKIPPED -> "given up";
      case AGENT_FATE_DELIVERED -> "delivered";
      case AGENT_FATE_NOT_DELIVERED -> "not delivered";
      case AGENT_FATE_NOT_CONNECTED -> "not connected";
      case AGENT_FATE_ACKNOWLEDGED -> "acknowledged";
      case AGENT_FATE_SNAPSHOT -> "by snapshot";
      case AGENT_FATE_SUPERSEDED -> "superseded";
      case AGENT_FATE_EXPIRED -> "expired";
      case AGENT_FATE_NOT_IN_VIEW -> "not in its view";
      case AGENT_FATE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  /** Red where somebody has to do something, yellow where something is still to come. */
  static Style style(AgentFate fate) {
    return switch (fate) {
      case AGENT_FATE_PARKED, AGENT_FATE_RETRY, AGENT_FATE_SKIPPED -> Style.fg_red;
      case AGENT_FATE_DELIVERED, AGENT_FATE_NOT_DELIVERED, AGENT_FATE_NOT_CONNECTED ->
          Style.fg_yellow;
      case AGENT_FATE_ACKNOWLEDGED, AGENT_FATE_SNAPSHOT -> Style.fg_green;
      default -> Style.faint;
    };
  }
}
