package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import dev.swarmlog.v1.FateCount;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * The life of one operation, for a person and as JSON. On a terminal of less than {@value
 * #WIDE_COLUMNS} columns reasons stand below the table, so that they are not cut.
 */
final class LifeText {

  private static final String FORM = "  %-10s %s";
  private static final int WIDE_COLUMNS = 120;
  private static final int NS_PER_US = 1_000;

  private final GetOperationLifeResponse life;
  private final Operation operation;
  private final Log log;

  LifeText(GetOperationLifeResponse life, Log log) {
    this.life = life;
    this.operation = life.getOperation();
    this.log = log;
  }

  void print(Output output) {
    output.line(
        output.styled(
            Style.bold,
            "Operation %s of %s"
                .formatted(Long.toUnsignedString(operation.getOpId()), PositionText.logName(log))));
    printOperation(output);
    output.line("");
    if (life.getAgentsCount() == 0) {
      output.remark("No agent is known of it: none is connected, and none has ever acknowledged.");
      return;
    }
    printAgents(output);
    output.line("");
    output.line(summary());
  }

  private void printOperation(Output output) {
    line(
        "publisher",
        operation.getPublisher().isEmpty() ? "(the coordinator)" : operation.getPublisher(),
        output);
    line(
        "scope",
        ContractText.topic(operation.getTopic()) + ", " + TargetText.print(operation.getTarget()),
        output);
    if (!operation.getKey().isEmpty()) {
      line("key", (operation.getKey() + " " + OperationText.deletion(operation)).strip(), output);
    }
    if (operation.hasOrigin()) {
      line("origin", "operation " + Long.toUnsignedString(operation.getOrigin().getOpId()), output);
    }
    String label = "payload";
    for (String text :
        OperationText.payloadAndExpiry(operation, output.previewCharacters(1_000))
            .lines()
            .toList()) {
      line(label, text, output);
      label = "";
    }
    if (!traceId().isEmpty()) {
      line("trace", traceId(), output);
    }
    if (operation.getPublishTimeUnixNano() != 0) {
      line(
          "published",
          since(operation.getPublishTimeUnixNano()) + ", by the publisher's clock",
          output);
    }
    line("received", remembered(life.getReceivedUnixNano()), output);
    line("appended", ParkedText.instant(life.getAppendedUnixNano()), output);
    line("durable", remembered(life.getDurableUnixNano()), output);
    if (life.getSupersededByOpId() != 0) {
      line(
          "superseded",
          "by operation " + Long.toUnsignedString(life.getSupersededByOpId()),
          output);
    }
  }

  /** Of what is in memory only. */
  private String remembered(long unixNs) {
    if (unixNs != 0) {
      return since(unixNs);
    }
    return life.getStartedUnixNano() > life.getAppendedUnixNano()
        ? "not known: the coordinator has been started since"
        : "not known any more";
  }

  private void printAgents(Output output) {
    boolean wide = output.columns() >= WIDE_COLUMNS;
    List<List<String>> rows = new ArrayList<>();
    List<Style> styles = new ArrayList<>();
    for (AgentLife agent : life.getAgentsList()) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  agent.getAgent(),
                  FateText.print(agent.getFate()),
                  since(agent.getHandedOutUnixNano()),
                  applied(agent),
                  since(agent.getAcknowledgedUnixNano())));
      if (wide) {
        row.add(reason(agent));
      }
      rows.add(row);
      styles.add(FateText.style(agent.getFate()));
    }
    List<String> headings =
        new ArrayList<>(List.of("AGENT", "FATE", ">HANDED OUT", ">APPLIED", ">ACKED"));
    if (wide) {
      headings.add("WHY");
    }
    output.table(headings, rows, styles);
    if (!wide && life.getAgentsList().stream().anyMatch(agent -> !reason(agent).isEmpty())) {
      output.line("");
      for (AgentLife agent : life.getAgentsList()) {
        if (!reason(agent).isEmpty()) {
          output.line(
              "%s: %s"
                  .formatted(Output.printable(agent.getAgent()), Output.printable(reason(agent))));
        }
      }
    }
  }

  /** What is not said by the fate. */
  private static String reason(AgentLife agent) {
    String told = FateText.print(agent.getFate()) + "; ";
    return agent.getReason().startsWith(told)
        ? agent.getReason().substring(told.length())
        : agent.getReason();
  }

  private String applied(AgentLife agent) {
    String at = since(agent.getAppliedUnixNano());
    return agent.getAppliedUnixNano() == 0
        ? at
        : at + " ±" + OffsetText.magnitude(agent.getAppliedUncertaintyNano());
  }

  private String summary() {
    List<String> parts = new ArrayList<>();
    long total = 0;
    for (FateCount count : life.getFatesList()) {
      total += count.getCount();
      parts.add("%,d %s".formatted(count.getCount(), FateText.print(count.getFate())));
    }
    String shown =
        total > life.getAgentsCount()
            ? " The first %,d are shown.".formatted(life.getAgentsCount())
            : "";
    return "%s: %s.%s%s"
        .formatted(
            total == 1 ? "1 agent" : "%,d agents".formatted(total),
            String.join(", ", parts),
            shown,
            life.getIncomplete() ? " There are more." : "");
  }

  private String since(long unixNs) {
    return OffsetText.print(unixNs, life.getAppendedUnixNano());
  }

  /** Of the W3C trace context; empty if there is none. */
  private String traceId() {
    String[] parts = operation.getTraceparent().split("-", -1);
    return parts.length >= 4 ? parts[1] : "";
  }

  private static void line(String label, String text, Output output) {
    output.line(FORM.formatted(label, Output.printable(text)).stripTrailing());
  }

  Map<String, Object> map() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("log", PositionText.logName(log));
    map.put("operation", OperationText.map(operation));
    putTime(map, "received", life.getReceivedUnixNano());
    putTime(map, "appended", life.getAppendedUnixNano());
    putTime(map, "durable", life.getDurableUnixNano());
    if (life.getSupersededByOpId() != 0) {
      map.put("supersededBy", life.getSupersededByOpId());
    }
    if (!traceId().isEmpty()) {
      map.put("traceId", traceId());
    }
    map.put("headOpId", life.getHeadOpId());
    map.put("horizonOpId", life.getHorizonOpId());
    map.put("agents", life.getAgentsList().stream().map(LifeText::map).toList());
    Map<String, Object> fates = new LinkedHashMap<>();
    life.getFatesList().forEach(count -> fates.put(name(count.getFate()), count.getCount()));
    map.put("fates", fates);
    map.put("incomplete", life.getIncomplete());
    map.put("coordinatorStarted", ContractText.instant(life.getStartedUnixNano()));
    return map;
  }

  private static Map<String, Object> map(AgentLife agent) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", agent.getAgent());
    map.put("fate", name(agent.getFate()));
    if (!agent.getReason().isEmpty()) {
      map.put("reason", agent.getReason());
    }
    map.put("connected", agent.getConnected());
    map.put("ackedOpId", agent.getAckedOpId());
    putTime(map, "handedOut", agent.getHandedOutUnixNano());
    putTime(map, "applied", agent.getAppliedUnixNano());
    if (agent.getAppliedUnixNano() != 0) {
      map.put("appliedUncertaintyUs", agent.getAppliedUncertaintyNano() / NS_PER_US);
    }
    putTime(map, "acknowledged", agent.getAcknowledgedUnixNano());
    if (agent.getAttempts() != 0) {
      map.put("attempts", agent.getAttempts());
    }
    putTime(map, "retryAt", agent.getRetryAtUnixNano());
    if (agent.getReleasedOpId() != 0) {
      map.put("givenAgainAs", agent.getReleasedOpId());
    }
    putTime(map, "lastSeen", agent.getLastSeenUnixNano());
    return map;
  }

  private static String name(AgentFate fate) {
    return ContractText.lower(fate.name(), "AGENT_FATE_");
  }

  private static void putTime(Map<String, Object> map, String name, long unixNs) {
    if (unixNs != 0) {
      map.put(name, ContractText.instant(unixNs));
    }
  }
}
