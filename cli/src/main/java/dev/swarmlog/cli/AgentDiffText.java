package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentDifference;
import dev.swarmlog.v1.CompareAgentsResponse;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one agent holds against the log, or two against each other, for a person and as JSON: of
 * each agent it is known which keys it holds otherwise than the log where it stands.
 */
final class AgentDiffText {

  /** Of the log's value; the agents' are not known. */
  private static final int PREVIEW_CHARACTERS = 20;

  private final String swarm;
  private final List<String> agents;
  private final CompareAgentsResponse answer;
  private final Map<Key, Row> rows = new LinkedHashMap<>();

  /** What an agent holds of a key. */
  private enum Held {
    /** What the log has, also where that is nothing. */
    SAME,
    /** Another value than the log's. */
    OTHER,
    /** Nothing, where the log has a value. */
    MISSING,
    /** A value, where the log has none. */
    EXTRA,
    /** The scope is another agent's: it holds nothing of it, rightly. */
    NOT_ITS,
    /** The agent does not know which keys it holds. */
    NOT_KNOWN;

    private String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private record Key(Scope scope, String key) {}

  private record Row(Key key, List<@Nullable AgentDifference> ofAgents) {}

  /**
   * Sorts what differs by key.
   *
   * @param agents one or two, as the coordinator was asked
   */
  AgentDiffText(String swarm, List<String> agents, CompareAgentsResponse answer) {
    this.swarm = swarm;
    this.agents = agents;
    this.answer = answer;
    for (AgentDifference difference : answer.getDifferencesList()) {
      Key key = new Key(difference.getScope(), difference.getKey());
      Row row = rows.computeIfAbsent(key, absent -> new Row(absent, emptyRow()));
      row.ofAgents().set(agents.indexOf(difference.getAgent()), difference);
    }
  }

  private List<@Nullable AgentDifference> emptyRow() {
    List<@Nullable AgentDifference> row = new ArrayList<>();
    agents.forEach(agent -> row.add(null));
    return row;
  }

  void print(Output output) {
    List<Row> different = different();
    if (!different.isEmpty()) {
      List<String> headings = new ArrayList<>(List.of("TOPIC", "TARGET", "KEY"));
      agents.forEach(agent -> headings.add(Output.printable(agent)));
      headings.add("LOG");
      output.table(headings, different.stream().map(this::cells).toList());
      output.line("");
    }
    for (String agent : answer.getUnknownAgentsList()) {
      output.line(
          "%s keeps no key index: its keys cannot be compared.".formatted(Output.printable(agent)));
    }
    if (!known().isEmpty()) {
      output.line(summary(different.size()));
    }
    if (answer.getCut()) {
      output.line("More differs than is shown: 1,000 keys per agent.");
    }
    if (known().size() == 2 && !stoodTogether()) {
      output.line("They stood at different operations, and each is compared with the log there.");
      output.line("What the log changed between them is not shown; this shows it:");
      output.line(
          "  swarmlog diff %s --from %s --to %s"
              .formatted(Output.printable(swarm), position(lowest()), position(highest())));
    }
  }

  private List<String> known() {
    return agents.stream().filter(agent -> !answer.getUnknownAgentsList().contains(agent)).toList();
  }

  private String summary(int count) {
    List<String> known = known();
    if (known.size() == 1) {
      return "%s stood at %s; %,d %s from the log."
          .formatted(
              Output.printable(known.get(0)),
              position(answer.getPositions(agents.indexOf(known.get(0)))),
              count,
              count == 1 ? "key differs" : "keys differ");
    }
    String stood =
        stoodTogether()
            ? "%s stood at %s".formatted(names(), position(answer.getPositions(0)))
            : "%s stood at %s, %s at %s"
                .formatted(
                    Output.printable(agents.get(0)),
                    position(answer.getPositions(0)),
                    Output.printable(agents.get(1)),
                    position(answer.getPositions(1)));
    String keys = "%,d %s".formatted(count, count == 1 ? "key" : "keys");
    int alike = rows.size() - count;
    return "%s; they hold %s differently%s."
        .formatted(
            stood, keys, alike == 0 ? "" : ", and %,d alike, but not as the log".formatted(alike));
  }

  private String names() {
    return agents.stream().map(Output::printable).collect(Collectors.joining(" and "));
  }

  private static String position(Position position) {
    return PositionText.logName(position.getLog())
        + ":"
        + Long.toUnsignedString(position.getOpId());
  }

  private boolean stoodTogether() {
    return answer.getPositionsList().stream().distinct().count() <= 1;
  }

  private Position lowest() {
    return isAscending() ? answer.getPositions(0) : answer.getPositions(1);
  }

  private Position highest() {
    return isAscending() ? answer.getPositions(1) : answer.getPositions(0);
  }

  private boolean isAscending() {
    return Long.compareUnsigned(answer.getPositions(0).getOpId(), answer.getPositions(1).getOpId())
        < 0;
  }

  /** With one to compare all rows; with two those where they hold otherwise than each other. */
  private List<Row> different() {
    return rows.values().stream().filter(row -> known().size() < 2 || !isAlike(row)).toList();
  }

  private static boolean isAlike(Row row) {
    AgentDifference one = row.ofAgents().get(0);
    AgentDifference other = row.ofAgents().get(1);
    return one != null
        && other != null
        && Objects.equals(one.getHeldDigest(), other.getHeldDigest());
  }

  private List<String> cells(Row row) {
    List<String> cells = new ArrayList<>();
    cells.add(ContractText.topic(row.key().scope().getTopic()));
    cells.add(TargetText.print(row.key().scope().getTarget()));
    cells.add(row.key().key());
    for (int i = 0; i < agents.size(); i++) {
      cells.add(held(row, i).text());
    }
    Operation expected = expected(row);
    cells.add(isGone(expected) ? "(none)" : OperationText.payload(expected, PREVIEW_CHARACTERS));
    return cells;
  }

  private Held held(Row row, int agent) {
    AgentDifference difference = row.ofAgents().get(agent);
    if (difference == null && answer.getUnknownAgentsList().contains(agents.get(agent))) {
      return Held.NOT_KNOWN;
    }
    if (difference == null) {
      Target target = row.key().scope().getTarget();
      boolean ofAnother = target.hasAgent() && !target.getAgent().equals(agents.get(agent));
      return ofAnother ? Held.NOT_ITS : Held.SAME;
    }
    if (!difference.getHeld()) {
      return Held.MISSING;
    }
    return isGone(difference.getExpected()) ? Held.EXTRA : Held.OTHER;
  }

  /** Without one the operation is of no ID. */
  private static boolean isGone(Operation expected) {
    return expected.getOpId() == 0 || expected.getTombstone();
  }

  private static Operation expected(Row row) {
    return row.ofAgents().stream()
        .filter(Objects::nonNull)
        .map(AgentDifference::getExpected)
        .findFirst()
        .orElse(Operation.getDefaultInstance());
  }

  /** {@code positions}, {@code differences}, {@code cut} and {@code unknownAgents}. */
  Map<String, Object> map() {
    Map<String, Object> positions = new LinkedHashMap<>();
    for (int i = 0; i < agents.size(); i++) {
      positions.put(agents.get(i), PositionText.print(answer.getPositions(i)));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("positions", positions);
    map.put("differences", different().stream().map(this::map).toList());
    map.put("alike", rows.size() - different().size());
    map.put("cut", answer.getCut());
    map.put("unknownAgents", answer.getUnknownAgentsList());
    return map;
  }

  private Map<String, Object> map(Row row) {
    Map<String, Object> held = new LinkedHashMap<>();
    for (int i = 0; i < agents.size(); i++) {
      held.put(agents.get(i), held(row, i).text().replace(' ', '_'));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("topic", ContractText.topic(row.key().scope().getTopic()));
    map.put("target", TargetText.print(row.key().scope().getTarget()));
    map.put("key", row.key().key());
    map.put("held", held);
    Operation expected = expected(row);
    if (expected.getOpId() != 0) {
      map.put("log", OperationText.map(expected));
    }
    return map;
  }
}
