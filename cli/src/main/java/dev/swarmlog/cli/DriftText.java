package dev.swarmlog.cli;

import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.ListDriftResponse;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi.Style;

/** What was found of drift, for a person and as JSON. */
final class DriftText {

  private static final int LINE_CHARACTERS = 80;

  /** Of a report, unless more are wanted. */
  private static final int FIRST_KEYS = 5;

  /** In front of what a line says. */
  private static final String FORM = "  %-9s %s";

  private static final String INDENT = FORM.formatted("", "");

  private DriftText() {}

  /**
   * A paragraph per report, then the agents that are not looked at, and those that are not fed.
   *
   * @param allKeys all that were reported, and not only the first few
   */
  static void print(ListDriftResponse drift, String swarm, boolean allKeys, Output output) {
    boolean first = true;
    for (DriftReport report : drift.getReportsList()) {
      if (!first) {
        output.line("");
      }
      first = false;
      print(report, allKeys, output);
    }
    if (!first && drift.getStoppedAgentsCount() + drift.getUnwatchedAgentsCount() > 0) {
      output.line("");
    }
    for (String agent : drift.getUnwatchedAgentsList()) {
      output.line(
          output.styled(
              Style.fg_yellow,
              "%s is not looked at for now: it was searched too often (drift.searches)."
                  .formatted(Output.printable(agent))));
    }
    for (String agent : drift.getStoppedAgentsList()) {
      output.line(
          output.styled(
              Style.fg_red, "%s is not fed any more.".formatted(Output.printable(agent))));
      output.line(
          "  When you know why: swarmlog drift %s --release %s"
              .formatted(Output.printable(swarm), Output.printable(agent)));
    }
  }

  /** A report in one line. */
  static String line(DriftReport report) {
    if (report.getHealing() == Healing.HEALING_RELEASED) {
      return report.getAgent() + ": a person has it fed again after it drifted";
    }
    return "%s: drift of %s for %s, %s; %s"
        .formatted(
            report.getAgent(),
            ContractText.topic(report.getScope().getTopic()),
            TargetText.print(report.getScope().getTarget()),
            what(report),
            healing(report));
  }

  private static String what(DriftReport report) {
    if (report.getWhat() == What.WHAT_EVENTS) {
      return "events";
    }
    long keys = report.getDifferingKeysCount();
    return keys == 0 ? "keyed state" : keys == 1 ? "1 key" : "%,d keys".formatted(keys);
  }

  private static void print(DriftReport report, boolean allKeys, Output output) {
    output.line(
        output.styled(
            Style.bold,
            "%s: %s for %s, %s"
                .formatted(
                    Output.printable(report.getAgent()),
                    ContractText.topic(report.getScope().getTopic()),
                    Output.printable(TargetText.print(report.getScope().getTarget())),
                    report.getWhat() == What.WHAT_EVENTS ? "events" : "keyed state")));
    output.line(
        FORM.formatted(
            "found",
            "%s, at operation %s; %s"
                .formatted(
                    ContractText.toInstant(report.getFoundUnixNano())
                        .truncatedTo(ChronoUnit.MILLIS),
                    opId(report.getFoundOpId()),
                    report.getTimes() == 1
                        ? "the first time"
                        : "time " + report.getTimes() + " of this agent")));
    output.line(
        FORM.formatted(
            "since",
            report.getGoodOpId() == 0
                ? "not known: it never agreed in this session"
                : "it agreed at operation " + opId(report.getGoodOpId())));
    if (report.getWhat() == What.WHAT_STATE) {
      printKeys(report, allKeys, output);
    }
    output.line(FORM.formatted("healing", healing(report)));
    output.line(
        FORM.formatted(
            "cost",
            "%,d %s, %,d bytes"
                .formatted(
                    report.getMessagesCount(),
                    report.getMessagesCount() == 1 ? "message" : "messages",
                    report.getBytes())));
  }

  /** As many as fit into a line each. */
  private static void printKeys(DriftReport report, boolean allKeys, Output output) {
    long count = report.getDifferingKeysCount();
    StringBuilder line =
        new StringBuilder(FORM.formatted("keys", "%,d%s".formatted(count, count == 0 ? "" : ":")));
    int shown = allKeys ? report.getKeysCount() : Math.min(FIRST_KEYS, report.getKeysCount());
    List<String> keys = report.getKeysList().subList(0, shown);
    for (int i = 0; i < keys.size(); i++) {
      boolean last = i == keys.size() - 1;
      String text = Output.printable(keys.get(i)) + (last ? "" : ",");
      if (line.length() + 1 + text.length() > LINE_CHARACTERS) {
        output.line(line.toString());
        line = new StringBuilder(INDENT).append(text);
      } else {
        line.append(' ').append(text);
      }
    }
    output.line(line.toString());
    if (count > keys.size() && !keys.isEmpty()) {
      boolean reported = keys.size() < report.getKeysCount();
      output.line(
          INDENT
              + "… and %,d more%s"
                  .formatted(
                      count - keys.size(),
                      reported ? "; --keys shows up to " + report.getKeysCount() : ""));
    }
  }

  private static String healing(DriftReport report) {
    String at = report.getHealedOpId() == 0 ? "" : "; agrees at " + opId(report.getHealedOpId());
    return switch (report.getHealing()) {
      case HEALING_STARTED -> "under way";
      case HEALING_REPAIRED -> "the keys that differed were sent" + at;
      case HEALING_SNAPSHOT -> "the whole keyed state was sent" + at;
      case HEALING_TOLD -> "events cannot be mended: the agent was told" + at;
      case HEALING_STOPPED -> "none: the agent drifted too often, and is not fed";
      case HEALING_VANISHED -> "not known: it agreed again, or the agent left" + at;
      case HEALING_FAILED -> "failed: all was sent, and the agent still differs";
      case HEALING_RELEASED -> "none: a person has the agent fed again";
      case HEALING_UNSPECIFIED, UNRECOGNIZED ->
          "not known to this version (" + report.getHealingValue() + ")";
    };
  }

  /**
   * All of it: {@code reports}, newest first, and {@code stoppedAgents}, and {@code
   * unwatchedAgents}.
   */
  static Map<String, Object> map(ListDriftResponse drift) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("reports", drift.getReportsList().stream().map(DriftText::map).toList());
    map.put("stoppedAgents", drift.getStoppedAgentsList());
    map.put("unwatchedAgents", drift.getUnwatchedAgentsList());
    return map;
  }

  /** One of the reports, as it is published. */
  static Map<String, Object> map(DriftReport report) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", report.getAgent());
    map.put("topic", ContractText.topic(report.getScope().getTopic()));
    map.put("target", TargetText.print(report.getScope().getTarget()));
    map.put("what", ContractText.lower(report.getWhat().name(), "WHAT_"));
    map.put("goodOpId", report.getGoodOpId());
    map.put("foundOpId", report.getFoundOpId());
    map.put("found", ContractText.instant(report.getFoundUnixNano()));
    map.put("healing", ContractText.lower(report.getHealing().name(), "HEALING_"));
    map.put("healedOpId", report.getHealedOpId());
    map.put("keys", report.getKeysList());
    map.put("differingKeys", report.getDifferingKeysCount());
    map.put("messages", report.getMessagesCount());
    map.put("bytes", report.getBytes());
    map.put("times", report.getTimes());
    return map;
  }

  private static String opId(long opId) {
    return Long.toUnsignedString(opId);
  }
}
