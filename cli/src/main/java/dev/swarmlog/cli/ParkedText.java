package dev.swarmlog.cli;

import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ParkedOperation;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi.Style;

/** What agents could not apply, for a person and as JSON. */
final class ParkedText {

  /** In front of what a line says. */
  private static final String FORM = "  %-10s %s";

  private static final int WIDE_COLUMNS = 120;

  private ParkedText() {}

  /**
   * A row each, and what they come to. A terminal of less than {@value #WIDE_COLUMNS} columns is
   * not told what they are, so that names are not cut.
   *
   * @param of whose the counts are, such as "In the swarm"
   */
  static void print(ListParkedResponse listed, String of, Instant now, Output output) {
    boolean wide = output.columns() >= WIDE_COLUMNS;
    List<List<String>> rows = new ArrayList<>();
    for (ParkedOperation parked : listed.getOperationsList()) {
      List<String> row = new ArrayList<>();
      row.add(parked.getAgent());
      row.add(PositionText.logName(parked.getLog()));
      row.add(Long.toUnsignedString(parked.getOperation().getOpId()));
      if (wide) {
        row.add(what(parked.getOperation()));
      }
      row.add(Integer.toUnsignedString(parked.getAttempts()));
      row.add(when(parked, wide, now));
      row.add(status(parked.getStatus()));
      rows.add(row);
    }
    output.table(
        wide
            ? List.of("AGENT", "LOG", ">OP", "WHAT", ">TRIED", "PARKED", "WHY")
            : List.of("AGENT", "LOG", ">OP", ">TRIED", "PARKED", "WHY"),
        rows);
    output.line("");
    output.line(
        "%s: %,d parked, %,d to be tried again, %,d bytes."
            .formatted(of, listed.getParkedCount(), listed.getRetryCount(), listed.getBytes()));
  }

  /** Counts what is listed, as the coordinator counts all of a swarm. */
  static void count(ListParkedResponse.Builder listed) {
    long parked = 0;
    long bytes = 0;
    for (ParkedOperation operation : listed.getOperationsList()) {
      parked += isParked(operation) ? 1 : 0;
      // What was given again lies in the log alone.
      bytes += operation.getReleasedOpId() == 0 ? operation.getOperationBytes() : 0;
    }
    listed
        .setParkedCount(parked)
        .setRetryCount(listed.getOperationsCount() - parked)
        .setBytes(bytes);
  }

  /** One, with all of its payload. */
  static void show(ParkedOperation parked, Instant now, Output output) {
    Operation operation = parked.getOperation();
    output.line(
        output.styled(
            Style.bold,
            "%s: operation %s of %s"
                .formatted(
                    Output.printable(parked.getAgent()),
                    Long.toUnsignedString(operation.getOpId()),
                    PositionText.logName(parked.getLog()))));
    if (isParked(parked)) {
      line("parked", instant(parked.getParkedUnixNano()), output);
    } else {
      line(
          "waits",
          "until %s, %s".formatted(instant(parked.getRetryAtUnixNano()), again(parked, now)),
          output);
    }
    line("tried", times(Integer.toUnsignedLong(parked.getAttempts())), output);
    line("why", status(parked.getStatus()), output);
    line("topic", ContractText.topic(operation.getTopic()), output);
    line("target", TargetText.print(operation.getTarget()), output);
    if (!operation.getKey().isEmpty()) {
      line("key", (operation.getKey() + " " + OperationText.deletion(operation)).strip(), output);
    }
    line("publisher", operation.getPublisher(), output);
    line("appended", instant(operation.getAppendTimeUnixNano()), output);
    line("bytes", "%,d".formatted(Integer.toUnsignedLong(parked.getOperationBytes())), output);
    String label = "payload";
    for (String text :
        OperationText.payloadAndExpiry(operation, Integer.MAX_VALUE).lines().toList()) {
      line(label, text, output);
      label = "";
    }
  }

  private static void line(String label, String text, Output output) {
    output.line(FORM.formatted(label, Output.printable(text)).stripTrailing());
  }

  /** All of the list: {@code operations}, and the counts of the swarm. */
  static Map<String, Object> map(ListParkedResponse listed) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("operations", listed.getOperationsList().stream().map(ParkedText::listed).toList());
    map.put("parked", listed.getParkedCount());
    map.put("retries", listed.getRetryCount());
    map.put("bytes", listed.getBytes());
    return map;
  }

  /** One of them, with {@code operation} as {@code tail} shows it. */
  static Map<String, Object> map(ParkedOperation parked) {
    return map(parked, OperationText.map(parked.getOperation()));
  }

  private static Map<String, Object> map(ParkedOperation parked, Map<String, Object> operation) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("agent", parked.getAgent());
    map.put("log", PositionText.logName(parked.getLog()));
    map.put("opId", parked.getOperation().getOpId());
    map.put("attempts", parked.getAttempts());
    map.put("status", statusMap(parked.getStatus()));
    if (isParked(parked)) {
      map.put("parked", ContractText.instant(parked.getParkedUnixNano()));
    } else if (parked.getReleasedOpId() != 0) {
      map.put("givenAgainAs", parked.getReleasedOpId());
    } else {
      map.put("retryAt", ContractText.instant(parked.getRetryAtUnixNano()));
    }
    map.put("operationBytes", parked.getOperationBytes());
    map.put("operation", operation);
    return map;
  }

  /** Payloads are not listed: that they are empty there says nothing. */
  private static Map<String, Object> listed(ParkedOperation parked) {
    Map<String, Object> operation = OperationText.map(parked.getOperation());
    operation.remove("payload");
    operation.remove("payloadBase64");
    return map(parked, operation);
  }

  static Map<String, Object> statusMap(com.google.rpc.Status status) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("code", code(status));
    map.put("message", status.getMessage());
    return map;
  }

  /** What an agent said: {@code INTERNAL: the disk is full}. */
  static String status(com.google.rpc.Status status) {
    return status.getMessage().isEmpty() ? code(status) : code(status) + ": " + status.getMessage();
  }

  /** {@code 1 operation}, {@code 1,234 operations}. */
  static String operations(long count) {
    return count == 1 ? "1 operation" : "%,d operations".formatted(count);
  }

  /** {@code once}, {@code 5 times}. */
  static String times(long count) {
    return count == 1 ? "once" : "%,d times".formatted(count);
  }

  private static String code(com.google.rpc.Status status) {
    return Status.fromCodeValue(status.getCode()).getCode().name();
  }

  private static String what(Operation operation) {
    String name =
        operation.getKey().isEmpty()
            ? operation.getPayload().getType()
            : (operation.getKey() + " " + OperationText.deletion(operation)).strip();
    return (ContractText.topic(operation.getTopic()) + " " + name).strip();
  }

  static boolean isParked(ParkedOperation parked) {
    return parked.getRetryAtUnixNano() == 0 && parked.getReleasedOpId() == 0;
  }

  /** When it was parked, or is tried again. */
  private static String when(ParkedOperation parked, boolean wide, Instant now) {
    if (parked.getReleasedOpId() != 0) {
      return "given again as " + Long.toUnsignedString(parked.getReleasedOpId());
    }
    if (!isParked(parked)) {
      return again(parked, now);
    }
    return wide
        ? instant(parked.getParkedUnixNano())
        : DurationText.print(
                Duration.between(ContractText.toInstant(parked.getParkedUnixNano()), now))
            + " ago";
  }

  /** By the clock here, which may be another than that of the log. */
  private static String again(ParkedOperation parked, Instant now) {
    Duration left = Duration.between(now, ContractText.toInstant(parked.getRetryAtUnixNano()));
    return left.isNegative() ? "again now" : "again in " + DurationText.print(left);
  }

  static String instant(long unixNano) {
    return ContractText.toInstant(unixNano).truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
