package dev.swarmlog.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;

/**
 * Where a command writes to: results to {@code out}, as text or as JSON; progress and remarks to
 * {@code err}.
 *
 * <p>Used by one thread at a time.
 */
final class Output {

  /** The width of what is no terminal. */
  static final int UNLIMITED = Integer.MAX_VALUE;

  private static final int NARROWEST_CUT_COLUMN = 8;
  private static final String ELLIPSIS = "…";
  private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final PrintWriter out;
  private final PrintWriter err;
  private final Ansi ansi;
  private final IntSupplier terminalColumns;
  private int columns;
  private boolean progressShown;

  /** Writes to what is no terminal, or may be treated as none. */
  Output(PrintWriter out, PrintWriter err, Ansi ansi) {
    this(out, err, ansi, () -> UNLIMITED);
  }

  /**
   * @param terminalColumns how wide the terminal behind {@code out} is, {@link #UNLIMITED} if there
   *     is none; asked once, when that matters first
   */
  Output(PrintWriter out, PrintWriter err, Ansi ansi, IntSupplier terminalColumns) {
    this.out = out;
    this.err = err;
    this.ansi = ansi;
    this.terminalColumns = terminalColumns;
  }

  /** How wide a line may be; {@link #UNLIMITED} where no terminal would wrap it. */
  int columns() {
    if (columns == 0) {
      columns = terminalColumns.getAsInt();
    }
    return columns;
  }

  /** How much of a text to show: all of it, unless somebody looks at a terminal. */
  int previewCharacters(int onTerminal) {
    return columns() == UNLIMITED ? Integer.MAX_VALUE : onTerminal;
  }

  /** The line, cut to the width of the terminal. */
  String fitted(String line) {
    return cut(line, columns());
  }

  /** At most so many characters; an ellipsis stands for what was cut. */
  static String cut(String text, int maxColumns) {
    return width(text) <= maxColumns
        ? text
        : text.substring(0, text.offsetByCodePoints(0, maxColumns - 1)) + ELLIPSIS;
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
    ResultWriter.flush(out)
        .ifPresent(
            failure -> {
              throw failure;
            });
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
   * the right. On a terminal that is too narrow the widest of the others are cut.
   *
   * @param rows each as long as the headings
   */
  void table(List<String> headings, List<List<String>> rows) {
    table(headings, rows, List.of());
  }

  /**
   * The same in colours.
   *
   * @param styles one for each row, or none
   */
  void table(List<String> headings, List<List<String>> rows, List<Style> styles) {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < headings.size(); i++) {
      columns.add(Column.of(headings.get(i), i, rows));
    }
    fit(columns);
    List<String> names = columns.stream().map(Column::name).toList();
    line(styled(Style.bold, fitted(row(columns, names))));
    for (int i = 0; i < rows.size(); i++) {
      String text = fitted(row(columns, rows.get(i)));
      line(styles.isEmpty() ? text : styled(styles.get(i), text));
    }
  }

  /** Takes from the widest column until the row fits, or nothing is left to take. */
  private void fit(List<Column> columns) {
    int tooWide = columns.stream().mapToInt(column -> column.width() + 2).sum() - 2 - columns();
    while (tooWide > 0) {
      Optional<Column> widest =
          columns.stream()
              .filter(column -> !column.right() && column.width() > NARROWEST_CUT_COLUMN)
              .max(Comparator.comparingInt(Column::width));
      if (widest.isEmpty()) {
        return;
      }
      columns.set(columns.indexOf(widest.get()), widest.get().narrower());
      tooWide--;
    }
  }

  private static String row(List<Column> columns, List<String> cells) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      String cell = cut(printable(cells.get(i)), column.width());
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

    Column narrower() {
      return new Column(name, right, width - 1);
    }

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
