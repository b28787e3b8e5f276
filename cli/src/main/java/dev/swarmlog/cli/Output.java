package dev.swarmlog.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * Where a command writes to: results to {@code out}, as text or as JSON; progress and remarks to
 * {@code err}.
 *
 * <p>Used by one thread at a time.
 */
final class Output {

  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final PrintWriter out;
  private final PrintWriter err;
  private final Ansi ansi;
  private boolean progressShown;

  Output(PrintWriter out, PrintWriter err, Ansi ansi) {
    this.out = out;
    this.err = err;
    this.ansi = ansi;
  }

  /** Writes a value as one line of JSON: a map, a list, a string, a number or a boolean. */
  void json(Object value) {
    line(toJson(value));
  }

  static String toJson(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Expected only maps, lists and plain values in an answer", e);
    }
  }

  /** Writes a line of the result. */
  void line(String text) {
    out.println(text);
    // Flushes too.
    if (out.checkError()) {
      throw new CommandFailure(
          ExitCode.PIPE_CLOSED,
          "Expected someone to read the output, but the pipe is closed.",
          null);
    }
  }

  /** Writes a line beside the result. */
  void remark(String text) {
    err.println(text);
    err.flush();
  }

  /** Shows how far a long command has come, in place, if somebody looks. */
  void progress(String text) {
    if (ansi.enabled()) {
      err.print("\r\033[K" + text);
      err.flush();
      progressShown = true;
    }
  }

  /** Takes the progress off the terminal. */
  void clearProgress() {
    if (progressShown) {
      err.print("\r\033[K");
      err.flush();
      progressShown = false;
    }
  }

  /** Text in a style, where the terminal has colours. */
  String styled(Style style, String text) {
    return ansi.enabled() ? style.on() + text + Style.reset.on() : text;
  }

  /**
   * Writes rows under headings, aligned. Columns whose heading starts with {@code >} are aligned to
   * the right.
   *
   * @param rows each as long as the headings
   */
  void table(List<String> headings, List<List<String>> rows) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < headings.size(); i++) {
      columns.add(Column.of(headings.get(i), i, rows));
    }
    List<String> names = columns.stream().map(Column::name).toList();
    line(styled(Style.bold, row(columns, names)));
    for (List<String> row : rows) {
      line(row(columns, row));
    }
  }

  private static String row(List<Column> columns, List<String> cells) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      String cell = printable(cells.get(i));
      String padding = " ".repeat(column.width() - width(cell));
      text.append(column.right() ? padding + cell : cell + padding).append("  ");
    }
    return text.toString().stripTrailing();
  }

  private static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  /**
   * The text without what would move the cursor, switch the terminal, or make one text look like
   * another: names and payloads are other people's.
   */
  static String printable(String text) {
    StringBuilder safe = new StringBuilder(text.length());
    text.codePoints().forEach(c -> safe.appendCodePoint(showable(c) ? c : '\uFFFD'));
    return safe.toString();
  }

  private static boolean showable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
      case Character.SURROGATE, Character.PRIVATE_USE -> false;
      // Invisible, or they turn the direction of what follows. Scripts and emoji need the joiners.
      case Character.FORMAT -> codePoint == ZERO_WIDTH_JOINER || codePoint == ZERO_WIDTH_NON_JOINER;
      default -> true;
    };
  }

  /** The lines of a text, each printable. */
  static String[] printableLines(String text) {
    return text.lines().map(Output::printable).toArray(String[]::new);
  }

  private record Column(String name, boolean right, int width) {

    static Column of(String heading, int index, List<List<String>> rows) {
      boolean right = heading.startsWith(">");
      String name = right ? heading.substring(1) : heading;
      int widest = Output.width(name);
      for (List<String> row : rows) {
        widest = Math.max(widest, Output.width(printable(row.get(index))));
      }
      return new Column(name, right, widest);
    }
  }
}
