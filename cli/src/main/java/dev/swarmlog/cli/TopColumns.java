package dev.swarmlog.cli;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;

/**
 * Columns of a table that is drawn anew: as wide as their widest cell, names cut where that is very
 * wide. Columns whose heading starts with {@code >} are aligned to the right. Immutable.
 */
final class TopColumns {

  private static final int MAX_COLUMN = 32;

  private final List<String> names;
  private final List<Boolean> right;
  private final List<Integer> widths;

  private TopColumns(List<String> names, List<Boolean> right, List<Integer> widths) {
    this.names = names;
    this.right = right;
    this.widths = widths;
  }

  /**
   * Columns for rows.
   *
   * @param rows each as long as the headings
   */
  static TopColumns of(List<String> headings, List<List<String>> rows) {
    List<String> names = new ArrayList<>();
    List<Boolean> right = new ArrayList<>();
    List<Integer> widths = new ArrayList<>();
    for (int i = 0; i < headings.size(); i++) {
      boolean toTheRight = headings.get(i).startsWith(">");
      String name = toTheRight ? headings.get(i).substring(1) : headings.get(i);
      int width = name.length();
      for (List<String> row : rows) {
        width = Math.max(width, width(row.get(i)));
      }
      names.add(name);
      right.add(toTheRight);
      // What is last may go on to the edge of the terminal.
      widths.add(i == headings.size() - 1 ? width : Math.min(width, MAX_COLUMN));
    }
    return new TopColumns(names, right, widths);
  }

  String heading() {
    return row(names);
  }

  String row(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String cell = Output.cut(Output.printable(cells.get(i)), widths.get(i));
      String padding = " ".repeat(Math.max(0, widths.get(i) - width(cell)));
      line.append(right.get(i) ? padding + cell : cell + padding).append("  ");
    }
    return line.toString().stripTrailing();
  }

  private static int width(String text) {
    return new AttributedString(Output.printable(text)).columnLength();
  }
}
