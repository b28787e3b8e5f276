package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffSummary;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * The state of an agent at one operation: out of what became of keys up to there, and then, by
 * {@link #end}, the last events. Keeps the first {@value #MAX_KEYS} keys; in JSON each key is a
 * line of its own as it comes. Used by one thread.
 */
final class ReplayText extends DiffAnswer {

  static final int MAX_KEYS = 1_000;
  static final int MAX_EVENTS = 5;

  private static final int MAX_REFUSED = 5;
  private static final String STANDING = "it stands at ";
  private static final int PREVIEW_CHARACTERS = 120;
  private static final String FORM = "  %-8s %s";
  private static final Comparator<Operation> BY_KEY =
      Comparator.comparing(Operation::getTopic)
          .thenComparing(operation -> TargetText.print(operation.getTarget()))
          .thenComparing(Operation::getKey);

  /** What is shown. */
  record Subject(
      String swarm,
      String agent,
      List<String> roles,
      View view,
      Log log,
      long opId,
      String keyPrefix) {}

  private final Subject subject;
  private final AgentLife known;
  private final List<Long> refused;
  private final Output output;
  private final boolean json;
  private final TreeSet<Operation> keys = new TreeSet<>(BY_KEY);
  private DiffSummary summary = DiffSummary.getDefaultInstance();
  private long keyCount;

  /**
   * Shows a state.
   *
   * @param known what the coordinator knows of the agent and the operation
   * @param refused the operations up to there that the agent refused and has not applied since
   */
  ReplayText(Subject subject, AgentLife known, List<Long> refused, Output output, boolean json) {
    super("--at");
    this.subject = subject;
    this.known = known;
    this.refused = List.copyOf(refused);
    this.output = output;
    this.json = json;
  }

  @Override
  void show(Change change) {
    Operation operation = change.getAfter();
    if (operation.getTombstone() || !operation.getKey().startsWith(subject.keyPrefix())) {
      return;
    }
    keyCount++;
    if (json) {
      output.json(Map.of("key", OperationText.map(operation)));
      return;
    }
    keys.add(operation);
    if (keys.size() > MAX_KEYS) {
      keys.pollLast();
    }
  }

  @Override
  void show(DiffSummary end) {
    summary = end;
  }

  /** The sums at the operation, once all keys have been shown. */
  List<ScopeSums> sums() {
    return summary.getSumsList();
  }

  /** Shows all but the keys that were shown as they came. */
  void end(EventsBefore events) {
    if (json) {
      events.last().forEach(event -> output.json(Map.of("event", OperationText.map(event))));
      output.json(Map.of("state", map(events)));
      return;
    }
    output.line(
        output.styled(
            Style.bold,
            "%s at operation %s of %s"
                .formatted(
                    Output.printable(subject.agent()),
                    Long.toUnsignedString(subject.opId()),
                    PositionText.logName(subject.log()))));
    line("position", PositionText.print(summary.getTo()));
    line("roles", roles());
    line("view", view());
    line("applied", applied());
    output.line("");
    printKeys();
    output.line("");
    printEvents(events);
    output.line("");
    printSums();
  }

  private String roles() {
    return subject.roles().isEmpty() ? "(none)" : String.join(", ", subject.roles());
  }

  private String view() {
    String topics =
        subject.view().getScopesList().stream()
            .map(scope -> ContractText.topic(scope.getTopic()))
            .distinct()
            .collect(Collectors.joining(", "));
    return known.getScopesCount() > 0
        ? topics
        : topics + "; which of them it reads is not known, as it is not connected";
  }

  /** Whether the agent is known to have got there. */
  private String applied() {
    if (isUnknown()) {
      return "not known: no agent of this name has been seen";
    }
    if (Long.compareUnsigned(known.getAckedOpId(), subject.opId()) >= 0) {
      return refused.isEmpty()
          ? "yes: it has acknowledged everything up to "
              + Long.toUnsignedString(known.getAckedOpId())
          : "all but what it refused: " + refusedText();
    }
    if (known.getReason().contains(STANDING)) {
      return "no: " + known.getReason();
    }
    String standing = "no: " + STANDING + Long.toUnsignedString(known.getAckedOpId());
    return known.getFate() == AgentFate.AGENT_FATE_NOT_IN_VIEW || known.getReason().isEmpty()
        ? standing
        : standing + "; " + known.getReason();
  }

  private String refusedText() {
    String first =
        refused.stream()
            .limit(MAX_REFUSED)
            .map(Long::toUnsignedString)
            .collect(Collectors.joining(", "));
    return refused.size() > MAX_REFUSED
        ? "%s and %,d more".formatted(first, refused.size() - MAX_REFUSED)
        : first;
  }

  private boolean isUnknown() {
    return !known.getConnected() && known.getAckedOpId() == 0 && known.getLastSeenUnixNano() == 0;
  }

  private void printKeys() {
    if (keyCount == 0) {
      output.line(
          subject.keyPrefix().isEmpty()
              ? "It holds no key."
              : "It holds no key that begins with '%s'."
                  .formatted(Output.printable(subject.keyPrefix())));
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (Operation held : keys) {
      rows.add(
          List.of(
              ContractText.topic(held.getTopic()),
              TargetText.print(held.getTarget()),
              held.getKey(),
              Long.toUnsignedString(held.getOpId()),
              OperationText.payload(held, output.previewCharacters(PREVIEW_CHARACTERS))));
    }
    output.table(List.of("TOPIC", "TARGET", "KEY", ">SET BY", "VALUE"), rows);
    if (keyCount > keys.size()) {
      output.line(
          "… and %,d more keys; --key PREFIX shows fewer, --json all."
              .formatted(keyCount - keys.size()));
    }
  }

  private void printEvents(EventsBefore events) {
    List<Operation> last = events.last();
    if (last.isEmpty()) {
      output.line(
          events.goneCount() == 0
              ? "No event came before."
              : "Of %s up to there none is left: %s"
                  .formatted(TopSample.count(events.count(), "event"), gone(events)));
      return;
    }
    output.line(
        last.size() == events.count()
            ? "The events up to there:"
            : "The last %d of %,d events up to there:".formatted(last.size(), events.count()));
    OperationRows rows = new OperationRows(output);
    rows.heading();
    last.forEach(rows::show);
    if (events.goneCount() > 0) {
      output.line(gone(events));
    }
  }

  /** That the log was compacted, and what of. */
  private static String gone(EventsBefore events) {
    return "%s up to the horizon, operation %s, %s gone."
        .formatted(
            TopSample.count(events.goneCount(), "event"),
            Long.toUnsignedString(events.horizonOpId()),
            events.goneCount() == 1 ? "is" : "are");
  }

  private void printSums() {
    if (sums().isEmpty()) {
      output.line("Nothing was ever published in its view.");
    } else {
      SumsText.print(sums(), output);
    }
  }

  private void line(String label, String text) {
    output.line(FORM.formatted(label, Output.printable(text)));
  }

  private Map<String, Object> map(EventsBefore events) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", subject.agent());
    map.put("roles", subject.roles());
    map.put("position", PositionText.print(summary.getTo()));
    map.put("known", !isUnknown());
    map.put("connected", known.getConnected());
    map.put("ackedOpId", known.getAckedOpId());
    map.put("applied", Long.compareUnsigned(known.getAckedOpId(), subject.opId()) >= 0);
    map.put("refused", refused);
    map.put("keys", keyCount);
    map.put("events", events.count());
    map.put("goneEvents", events.goneCount());
    map.put("horizonOpId", events.horizonOpId());
    map.put("sums", sums().stream().map(SumsText::map).toList());
    return map;
  }
}
