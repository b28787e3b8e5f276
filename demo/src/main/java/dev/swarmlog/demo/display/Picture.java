package dev.swarmlog.demo.display;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Draws a board as lines of a terminal. Immutable. */
final class Picture {
  /** Two agents side by side need this much. */
  private static final int TWO_COLUMNS = 132;

  private static final int BAR_COLUMNS = 20;
  private static final int NARROW_BAR_COLUMNS = 6;
  private static final int MAX_EVENTS = 8;

  private final Pen pen;

  /**
   * @param unicode whether the terminal shows more than ASCII
   */
  Picture(boolean coloured, boolean unicode) {
    this.pen = new Pen(coloured, unicode);
  }

  /** At most so many lines, none longer than the columns. */
  List<AttributedString> draw(Board board, int columns, int maxLines) {
    List<AttributedString> lines = new ArrayList<>(head(board));
    lines.add(AttributedString.EMPTY);
    boolean sideBySide =
        columns >= TWO_COLUMNS || board.agents().size() + lines.size() + 2 > maxLines;
    lines.addAll(agents(board, sideBySide, columns));
    int room = Math.min(MAX_EVENTS, maxLines - lines.size() - 1);
    if (room > 0 && !board.events().isEmpty()) {
      lines.add(AttributedString.EMPTY);
      List<Board.Event> events = board.events();
      for (Board.Event event : events.subList(Math.max(0, events.size() - room), events.size())) {
        lines.add(
            line()
                .append(Words.time(event.atMs()) + "  ", pen.style(Pen.faint()))
                .append(event.text(), pen.style(event.bad() ? Pen.red() : AttributedStyle.DEFAULT))
                .toAttributedString());
      }
    }
    return lines.stream().limit(maxLines).map(each -> pen.cut(each, columns)).toList();
  }

  private List<AttributedString> head(Board board) {
    AttributedStyle bold = pen.style(AttributedStyle.BOLD);
    return List.of(
        line()
            .append("Swarmlog demo  ", bold)
            .append(
                String.format(
                    "%,d files of %s, seed %d", board.files(), board.source(), board.seed()))
            .toAttributedString(),
        line()
            .append(pen.bar(board.progress(), BAR_COLUMNS))
            .append(
                String.format(
                    "  %s of %s  round %d  surveyed %,d of %,d",
                    Words.time(board.elapsedMs()),
                    Words.time(board.plannedMs()),
                    board.round(),
                    board.surveyed(),
                    board.assigned()))
            .toAttributedString(),
        line()
            .append("head ")
            .append(String.format("%,d", board.head()), bold)
            .append(
                String.format(
                    "  %,.0f operations/s  %,.0f applied/s by %d agents",
                    board.operationsPerSec(), board.appliedPerSec(), board.agents().size()))
            .toAttributedString(),
        line()
            .append("lag p50/p99: quiet ")
            .append(Words.lag(board.quiet()), bold)
            .append(", through the faults ")
            .append(Words.lag(board.throughFaults()), bold)
            .toAttributedString(),
        AttributedString.EMPTY,
        process("coordinator", board.coordinator()),
        process("planner", board.planner()));
  }

  private AttributedString process(String name, Board.ProcessRow row) {
    return line()
        .append(String.format("%-12s", name))
        .append(
            String.format("pid %-8d", row.pid()),
            pen.style(row.health() == Board.Health.KILLED ? Pen.red() : Pen.faint()))
        .append(row.state(), pen.style(of(row.health())))
        .toAttributedString();
  }

  private List<AttributedString> agents(Board board, boolean sideBySide, int columns) {
    int barColumns = sideBySide && columns < TWO_COLUMNS ? NARROW_BAR_COLUMNS : BAR_COLUMNS;
    List<AttributedString> rows =
        board.agents().stream().map(each -> agent(each, board.head(), barColumns)).toList();
    if (!sideBySide) {
      return rows;
    }
    List<AttributedString> lines = new ArrayList<>();
    int half = (rows.size() + 1) / 2;
    int width = columns / 2;
    for (int i = 0; i < half; i++) {
      AttributedStringBuilder both = line().append(pen.cut(rows.get(i), width - 1));
      if (half + i < rows.size()) {
        both.append(" ".repeat(width - both.columnLength())).append(rows.get(half + i));
      }
      lines.add(both.toAttributedString());
    }
    return lines;
  }

  private AttributedString agent(Board.AgentRow agent, long head, int barColumns) {
    AttributedStyle style = pen.style(of(agent.health()));
    return line()
        .append(agent.name(), style)
        .append(String.format(" %d ", agent.process()), pen.style(Pen.faint()))
        .append(pen.bar(head == 0 ? 0 : (double) agent.opId() / head, barColumns))
        .append(String.format(" %,9d  ", agent.opId()))
        .append(agent.state(), style)
        .toAttributedString();
  }

  private static AttributedStyle of(Board.Health health) {
    return switch (health) {
      case WELL -> AttributedStyle.DEFAULT;
      case ON_THE_WAY -> AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
      case KILLED -> Pen.red();
      case RECOVERED -> AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
    };
  }

  private static AttributedStringBuilder line() {
    return new AttributedStringBuilder();
  }
}
