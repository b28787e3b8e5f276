package dev.swarmlog.demo.display;

import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Lines: each event when it happens, and every two seconds where things stand. For pipes, files and
 * logs.
 */
public final class PlainView implements View {
  private static final long INTERVAL_MS = 2_000;

  private final PrintWriter out;
  private int shownEvents;
  private long nextAtMs;

  public PlainView(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void show(Board board) {
    List<Board.Event> events = board.events();
    for (; shownEvents < events.size(); shownEvents++) {
      Board.Event event = events.get(shownEvents);
      out.println(Words.time(event.atMs()) + "  " + event.text());
    }
    if (board.round() > 0 && board.elapsedMs() >= nextAtMs) {
      nextAtMs = board.elapsedMs() + INTERVAL_MS;
      out.println(Words.time(board.elapsedMs()) + "  " + standing(board));
    }
    out.flush();
  }

  @Override
  public void close() {
    out.flush();
  }

  private static String standing(Board board) {
    String away =
        board.agents().stream()
            .filter(
                agent ->
                    agent.health() == Board.Health.KILLED
                        || agent.health() == Board.Health.ON_THE_WAY)
            .map(agent -> agent.name() + " " + agent.state())
            .collect(Collectors.joining(", "));
    return String.format(
        "round %d, head %,d, %,d of %,d surveyed, %,.0f operations/s, %,.0f applied/s, %s%s",
        board.round(),
        board.head(),
        board.surveyed(),
        board.assigned(),
        board.operationsPerSec(),
        board.appliedPerSec(),
        Words.lags(board),
        away.isEmpty() ? "" : "; " + away);
  }
}
