package dev.swarmlog.demo.display;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Lines: each event when it happens, and every two seconds where things stand. For pipes, files and
 * logs.
 */
public final class PlainView implements View {
  private static final long INTERVAL_MS = 2_000;

  /** More agents in one state are counted only. */
  private static final int MAX_NAMED = 5;

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
    String away = away(board);
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

  /** The agents that are not in step, by what they are doing. */
  private static String away(Board board) {
    Map<String, List<String>> byState =
        board.agents().stream()
            .filter(
                agent ->
                    agent.health() == Board.Health.KILLED
                        || agent.health() == Board.Health.ON_THE_WAY)
            .collect(
                Collectors.groupingBy(
                    Board.AgentRow::state,
                    TreeMap::new,
                    Collectors.mapping(Board.AgentRow::name, Collectors.toList())));
    return byState.entrySet().stream()
        .map(
            each ->
                (each.getValue().size() > MAX_NAMED
                        ? each.getValue().size() + " agents"
                        : String.join(", ", each.getValue()))
                    + " "
                    + each.getKey())
        .collect(Collectors.joining("; "));
  }
}
