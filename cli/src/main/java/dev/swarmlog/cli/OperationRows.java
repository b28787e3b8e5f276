package dev.swarmlog.cli;

import dev.swarmlog.v1.Operation;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * Operations as aligned lines for a person: op ID, time, topic, target, key, publisher, payload.
 *
 * <p>A terminal of less than {@value #WIDE_COLUMNS} columns is given narrower ones, without the
 * publisher. No line is wider than the terminal: what is cut ends with an ellipsis. Elsewhere, as
 * in a pipe, nothing is cut. Used by one thread.
 */
final class OperationRows {

  private static final int WIDE_COLUMNS = 120;
  private static final int PREVIEW_CHARACTERS = 120;
  private static final String WIDE = "%8s  %-12s  %-14s  %-14s  %-20s  %-12s  %s";
  private static final String NARROW = "%6s  %-8s  %-9s  %-14s  %-12s  %s";
  private static final int TIME_COLUMNS = "00:00:00".length();
  private static final int TOPIC_COLUMNS = 9;
  private static final int TARGET_COLUMNS = 14;
  private static final int KEY_COLUMNS = 12;

  private final Output output;
  private boolean headingShown;

  OperationRows(Output output) {
    this.output = output;
  }

  /** Says what the columns are, if that was not said yet. */
  void heading() {
    if (headingShown) {
      return;
    }
    headingShown = true;
    String heading =
        isNarrow()
            ? NARROW.formatted("OP", "TIME", "TOPIC", "TARGET", "KEY", "PAYLOAD")
            : WIDE.formatted("OP", "TIME", "TOPIC", "TARGET", "KEY", "PUBLISHER", "PAYLOAD");
    output.line(output.styled(Style.bold, output.fitted(heading)));
  }

  void show(Operation operation) {
    String line = isNarrow() ? narrow(operation) : wide(operation);
    output.line(output.fitted(line.stripTrailing()));
  }

  private boolean isNarrow() {
    return output.columns() < WIDE_COLUMNS;
  }

  private String wide(Operation operation) {
    return WIDE.formatted(
        Long.toUnsignedString(operation.getOpId()),
        ContractText.clock(operation.getAppendTimeUnixNano()),
        ContractText.topic(operation.getTopic()),
        Output.printable(TargetText.print(operation.getTarget())),
        Output.printable((operation.getKey() + " " + OperationText.deletion(operation)).strip()),
        Output.printable(operation.getPublisher()),
        Output.printable(payload(operation)));
  }

  private String narrow(Operation operation) {
    return NARROW.formatted(
        Long.toUnsignedString(operation.getOpId()),
        ContractText.clock(operation.getAppendTimeUnixNano()).substring(0, TIME_COLUMNS),
        Output.cut(ContractText.topic(operation.getTopic()), TOPIC_COLUMNS),
        Output.cut(Output.printable(TargetText.print(operation.getTarget())), TARGET_COLUMNS),
        Output.cut(Output.printable(operation.getKey()), KEY_COLUMNS),
        Output.printable((OperationText.deletion(operation) + " " + payload(operation)).strip()));
  }

  private String payload(Operation operation) {
    return OperationText.payloadAndExpiry(operation, output.previewCharacters(PREVIEW_CHARACTERS));
  }
}
