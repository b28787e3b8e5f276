package dev.swarmlog.cli;

import dev.swarmlog.v1.Change;
import dev.swarmlog.v1.DiffSummary;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Help.Ansi.Style;

/** Changes as they come, for a person or as lines of JSON. Used by one thread. */
final class DiffText extends DiffAnswer {

  private static final String FORM = "%s %8s  %-14s  %-14s  %s";

  /** Of a value; there may be two on a line. */
  private static final int PREVIEW_CHARACTERS = 60;

  private enum Kind {
    EVENT('!', Style.fg_cyan),
    CREATED('+', Style.fg_green),
    CHANGED('~', Style.fg_yellow),
    DELETED('-', Style.fg_red);

    private final char sign;
    private final Style style;

    Kind(char sign, Style style) {
      this.sign = sign;
      this.style = style;
    }

    static Kind of(Change change) {
      Operation after = change.getAfter();
      if (after.getOperationClass() != OperationClass.OPERATION_CLASS_KEYED) {
        return EVENT;
      }
      if (after.getTombstone()) {
        return DELETED;
      }
      return change.hasBefore() ? CHANGED : CREATED;
    }
  }

  private final Output output;
  private final boolean json;
  private final long nowUnixNano;
  private boolean headingShown;

  /**
   * Shows changes.
   *
   * @param now events whose time is over by then are shown without their payload
   */
  DiffText(Output output, boolean json, Instant now) {
    super("--from");
    this.output = output;
    this.nowUnixNano = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    this.json = json;
  }

  @Override
  void show(Change change) {
    Kind kind = Kind.of(change);
    if (json) {
      output.json(Map.of("change", map(kind, change)));
      return;
    }
    if (!headingShown) {
      output.line(
          output.styled(Style.bold, FORM.formatted(" ", "OP", "TOPIC", "TARGET", "CHANGE")));
      headingShown = true;
    }
    Operation after = change.getAfter();
    String line =
        FORM.formatted(
                kind.sign,
                Long.toUnsignedString(after.getOpId()),
                ContractText.topic(after.getTopic()),
                Output.printable(TargetText.print(after.getTarget())),
                Output.printable(text(kind, change)))
            .stripTrailing();
    output.line(output.styled(kind.style, output.fitted(line)));
  }

  private boolean hasExpired(Kind kind, Operation after) {
    return kind == Kind.EVENT
        && after.getExpiresAtUnixNano() != 0
        && after.getExpiresAtUnixNano() <= nowUnixNano;
  }

  private String text(Kind kind, Change change) {
    String key = change.getAfter().getKey();
    return switch (kind) {
      case EVENT -> hasExpired(kind, change.getAfter()) ? "(expired)" : value(change.getAfter());
      case CREATED -> key + ": " + value(change.getAfter());
      case CHANGED -> key + ": " + value(change.getBefore()) + " -> " + value(change.getAfter());
      case DELETED -> key + ": " + value(change.getBefore());
    };
  }

  private String value(Operation operation) {
    return OperationText.payload(operation, output.previewCharacters(PREVIEW_CHARACTERS));
  }

  @Override
  void show(DiffSummary summary) {
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("from", PositionText.print(summary.getFrom()));
      map.put("to", PositionText.print(summary.getTo()));
      map.put("events", summary.getEventsCount());
      map.put("created", summary.getCreatedCount());
      map.put("changed", summary.getChangedCount());
      map.put("deleted", summary.getDeletedCount());
      map.put("netZero", summary.getNetZeroCount());
      output.json(Map.of("summary", map));
      return;
    }
    if (headingShown) {
      output.line("");
    }
    output.line(
        "From %s:%s to %s: %,d %s; keys: %,d created, %,d changed, %,d deleted, %,d net zero."
            .formatted(
                PositionText.logName(summary.getTo().getLog()),
                Long.toUnsignedString(summary.getFrom().getOpId()),
                Long.toUnsignedString(summary.getTo().getOpId()),
                summary.getEventsCount(),
                summary.getEventsCount() == 1 ? "event" : "events",
                summary.getCreatedCount(),
                summary.getChangedCount(),
                summary.getDeletedCount(),
                summary.getNetZeroCount()));
  }

  private Map<String, Object> map(Kind kind, Change change) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", kind.name().toLowerCase(Locale.ROOT));
    Map<String, Object> after = OperationText.map(change.getAfter());
    if (hasExpired(kind, change.getAfter())) {
      map.put("expired", true);
      after.remove("payload");
      after.remove("payloadBase64");
    }
    map.put("after", after);
    if (change.hasBefore()) {
      map.put("before", OperationText.map(change.getBefore()));
    }
    return map;
  }
}
