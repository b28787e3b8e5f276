package dev.swarmlog.demo.display;

import dev.swarmlog.bench.storm.StormSample;
import dev.swarmlog.bench.storm.WrappedText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/**
 * Draws a storm as lines of a terminal: a row per figure, a column per contender, in each the last
 * second's value and how it went until then, a character per second. Both columns of a row have one
 * scale. Immutable.
 */
final class StormPicture {
  private static final int LABEL_COLUMNS = 14;
  private static final int VALUE_COLUMNS = 8;
  private static final int BAR_COLUMNS = 20;
  private static final int LEGEND_COLUMNS = 90;
  private static final String LEGEND =
      "A character per second; p99 on a logarithmic scale. w warming up, . quiet, s storm, f storm while every handler"
          + " fails one attempt in five. Goodput counts a command once.";
  private static final long MS_PER_SECOND = 1_000;

  private final Pen pen;

  /** From the least to the most. */
  private final String levels;

  /**
   * @param unicode whether the terminal shows more than ASCII
   */
  StormPicture(boolean coloured, boolean unicode) {
    this.pen = new Pen(coloured, unicode);
    this.levels = unicode ? "▁▂▃▄▅▆▇█" : "_.:-=+*#";
  }

  /** At most so many lines, none longer than the columns. */
  List<AttributedString> draw(StormBoard board, int columns, int maxLines) {
    int width = Math.max(VALUE_COLUMNS + 2, (columns - LABEL_COLUMNS) / 2);
    List<AttributedString> lines = new ArrayList<>();
    lines.add(text("Swarmlog demo: a retry storm", AttributedStyle.BOLD));
    WrappedText.lines(board.workload(), columns)
        .forEach(line -> lines.add(text(line, AttributedStyle.DEFAULT)));
    lines.add(progress(board));
    lines.add(AttributedString.EMPTY);
    lines.add(
        row(
            width,
            "",
            text(board.left().contender().key(), AttributedStyle.BOLD),
            text(board.right().contender().key(), AttributedStyle.BOLD)));
    lines.add(AttributedString.EMPTY);
    lines.add(figure(board, width, "CPU, s/s", StormSample::cpuCores, "%.2f"::formatted, false));
    lines.add(figure(board, width, "p99, ms", StormSample::p99Ms, Words::latencyMs, true));
    lines.add(
        figure(board, width, "goodput, /s", StormSample::goodputPerSec, "%,.0f"::formatted, false));
    lines.add(
        figure(
            board,
            width,
            "storm asks, /s",
            StormSample::stormRequestsPerSec,
            "%,.0f"::formatted,
            false));
    lines.add(row(width, "phase", phases(board.left(), width), phases(board.right(), width)));
    lines.add(AttributedString.EMPTY);
    lines.add(
        row(
            width,
            "so far",
            text(soFar(board.left()), AttributedStyle.DEFAULT),
            text(soFar(board.right()), AttributedStyle.DEFAULT)));
    lines.add(
        row(
            width,
            "",
            text(board.left().state(), Pen.faint()),
            text(board.right().state(), Pen.faint())));
    lines.add(AttributedString.EMPTY);
    WrappedText.lines(LEGEND, Math.min(columns, LEGEND_COLUMNS))
        .forEach(line -> lines.add(text(line, Pen.faint())));
    return lines.stream().limit(maxLines).map(line -> pen.cut(line, columns)).toList();
  }

  private AttributedString progress(StormBoard board) {
    int elapsed = board.elapsed();
    AttributedStringBuilder line =
        new AttributedStringBuilder()
            .append(pen.bar((double) elapsed / board.seconds(), BAR_COLUMNS))
            .append(
                "  %s of %s  "
                    .formatted(
                        Words.time(elapsed * MS_PER_SECOND),
                        Words.time(board.seconds() * MS_PER_SECOND)));
    if (elapsed > 0) {
      StormSample last = board.left().samples().get(elapsed - 1);
      line.append(
          Words.phase(last), pen.style(last.storming() ? Pen.red() : AttributedStyle.DEFAULT));
    }
    return line.toAttributedString();
  }

  private AttributedString figure(
      StormBoard board,
      int width,
      String name,
      ToDoubleFunction<StormSample> figure,
      Function<Double, String> words,
      boolean logarithmic) {
    double most =
        DoubleStream.concat(
                board.left().samples().stream().mapToDouble(figure),
                board.right().samples().stream().mapToDouble(figure))
            .max()
            .orElse(0);
    return row(
        width,
        name,
        cell(board.left(), width, figure, words, most, logarithmic),
        cell(board.right(), width, figure, words, most, logarithmic));
  }

  private AttributedString cell(
      StormBoard.Side side,
      int width,
      ToDoubleFunction<StormSample> figure,
      Function<Double, String> words,
      double most,
      boolean logarithmic) {
    StormSample last = side.last();
    AttributedStringBuilder cell = new AttributedStringBuilder();
    String value = last == null ? "-" : words.apply(figure.applyAsDouble(last));
    cell.append(("%" + VALUE_COLUMNS + "s ").formatted(value), pen.style(AttributedStyle.BOLD));
    for (StormSample sample : newest(side, width)) {
      double share =
          logarithmic
              ? Math.log1p(figure.applyAsDouble(sample)) / Math.log1p(most)
              : figure.applyAsDouble(sample) / most;
      int level = most <= 0 ? 0 : (int) Math.round(Math.max(0, share) * (levels.length() - 1));
      cell.append(
          levels.substring(level, level + 1),
          pen.style(
              sample.storming()
                  ? AttributedStyle.DEFAULT.foreground(AttributedStyle.RED)
                  : AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN)));
    }
    return cell.toAttributedString();
  }

  private AttributedString phases(StormBoard.Side side, int width) {
    AttributedStringBuilder cell =
        new AttributedStringBuilder().append(" ".repeat(VALUE_COLUMNS + 1));
    for (StormSample sample : newest(side, width)) {
      cell.append(
          sample.failing() ? "f" : sample.storming() ? "s" : quiet(sample), pen.style(Pen.faint()));
    }
    return cell.toAttributedString();
  }

  private static String quiet(StormSample sample) {
    return switch (sample.phase()) {
      case WARM_UP -> "w";
      default -> ".";
    };
  }

  private static List<StormSample> newest(StormBoard.Side side, int width) {
    int room = Math.max(0, width - VALUE_COLUMNS - 3);
    List<StormSample> samples = side.samples();
    return samples.subList(Math.max(0, samples.size() - room), samples.size());
  }

  private static String soFar(StormBoard.Side side) {
    return "%,.0f done, %.1f s of CPU".formatted(side.useful(), side.cpuSec());
  }

  private AttributedString row(
      int width, String name, AttributedString left, AttributedString right) {
    AttributedString cut = pen.cut(left, width - 1);
    return new AttributedStringBuilder()
        .append("%-14s ".formatted(name), pen.style(Pen.faint()))
        .append(cut)
        .append(" ".repeat(width - cut.columnLength()))
        .append(right)
        .toAttributedString();
  }

  private AttributedString text(String text, AttributedStyle wanted) {
    return new AttributedStringBuilder().append(text, pen.style(wanted)).toAttributedString();
  }
}
