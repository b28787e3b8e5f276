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

  private final boolean coloured;
  private final String full;
  private final String empty;
  private final String ellipsis;

  /**
   * @param unicode whether the terminal shows more than ASCII
   */
  Picture(boolean coloured, boolean unicode) {
    this.coloured = coloured;
    this.full = unicode ? "█" : "#";
    this.empty = unicode ? "░" : ".";
    this.ellipsis = unicode ? "…" : "..";
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
                .append(Words.time(event.atMs()) + "  ", style(AttributedStyle.DEFAULT.faint()))
                .append(event.text(), style(event.bad() ? red() : AttributedStyle.DEFAULT))
                .toAttributedString());
      }
    }
    return lines.stream().limit(maxLines).map(each -> cut(each, columns)).toList();
  }

  private List<AttributedString> head(Board board) {
    AttributedStyle bold = style(AttributedStyle.BOLD);
    return List.of(
        line()
            .append("Swarmlog demo  ", bold)
            .append(
                String.format(
                    "%,d files of %s, seed %d", board.files(), board.source(), board.seed()))
            .toAttributedString(),
        line()
            .append(bar(board.progress(), BAR_COLUMNS))
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
            style(row.health() == Board.Health.KILLED ? red() : faint()))
        .append(row.state(), style(of(row.health())))
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
      AttributedStringBuilder both = line().append(cut(rows.get(i), width - 1));
      if (half + i < rows.size()) {
        both.append(" ".repeat(width - both.columnLength())).append(rows.get(half + i));
      }
      lines.add(both.toAttributedString());
    }
    return lines;
  }

  private AttributedString agent(Board.AgentRow agent, long head, int barColumns) {
    AttributedStyle style = style(of(agent.health()));
    return line()
        .append(agent.name(), style)
        .append(String.format(" %d ", agent.process()), style(faint()))
        .append(bar(head == 0 ? 0 : (double) agent.opId() / head, barColumns))
        .append(String.format(" %,9d  ", agent.opId()))
        .append(agent.state(), style)
        .toAttributedString();
  }

  private AttributedString bar(double part, int columns) {
    int done = (int) Math.round(Math.min(1, Math.max(0, part)) * columns);
    return line()
        .append(full.repeat(done), style(AttributedStyle.DEFAULT.foreground(AttributedStyle.BLUE)))
        .append(empty.repeat(columns - done), style(faint()))
        .toAttributedString();
  }

  private static AttributedStyle of(Board.Health health) {
    return switch (health) {
      case WELL -> AttributedStyle.DEFAULT;
      case ON_THE_WAY -> AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW);
      case KILLED -> red();
      case RECOVERED -> AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
    };
  }

  private static AttributedStyle red() {
    return AttributedStyle.BOLD.foreground(AttributedStyle.RED);
  }

  private static AttributedStyle faint() {
    return AttributedStyle.DEFAULT.faint();
  }

  private AttributedStyle style(AttributedStyle wanted) {
    return coloured ? wanted : AttributedStyle.DEFAULT;
  }

  private AttributedString cut(AttributedString text, int columns) {
    if (text.columnLength() <= columns) {
      return text;
    }
    // What is cut must not look like a whole: of "21/1,663 ms" a plain cut may leave "2".
    return line()
        .append(text.columnSubSequence(0, columns - ellipsis.length()))
        .append(ellipsis)
        .toAttributedString();
  }

  private static AttributedStringBuilder line() {
    return new AttributedStringBuilder();
  }
}
