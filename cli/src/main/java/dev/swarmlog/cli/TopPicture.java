package dev.swarmlog.cli;

import dev.swarmlog.v1.AgentBacklog;
import dev.swarmlog.v1.LaneBacklog;
import dev.swarmlog.v1.ListBacklogsResponse;
import dev.swarmlog.v1.SwarmOverview;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jspecify.annotations.Nullable;

/** Draws what {@code top} shows as lines of a terminal. Immutable. */
final class TopPicture {

  static final int WIDE_COLUMNS = 120;
  private static final String KEYS =
      "q quit   r rate  b backlog  l lag  n name   up/down choose   enter agents";
  private static final String DETAIL_KEYS = "q quit   esc back to the swarms   up/down scroll";

  private final String server;
  private final boolean coloured;

  /**
   * A picture.
   *
   * @param server whose it is
   * @param coloured whether styles may be used
   */
  TopPicture(String server, boolean coloured) {
    this.server = server;
    this.coloured = coloured;
  }

  /** How many rows of swarms or agents there is room for. */
  static int page(int rows) {
    return Math.max(1, rows - 8);
  }

  /** At most so many lines, none longer than the columns. */
  List<AttributedString> draw(TopModel model, int columns, int maxLines) {
    List<AttributedString> lines = new ArrayList<>();
    TopSample sample = model.sample();
    lines.add(title(model));
    if (!model.trouble().isEmpty()) {
      lines.add(text(model.trouble(), red()));
    }
    if (sample != null) {
      sample.head(server).forEach(line -> lines.add(text(line, AttributedStyle.DEFAULT)));
      lines.add(AttributedString.EMPTY);
      int room = Math.max(1, maxLines - lines.size() - 3);
      ListBacklogsResponse backlogs = model.backlogs();
      if (model.detail() == null) {
        lines.addAll(swarms(sample, model.chosenIndex(), columns, room));
      } else if (backlogs != null) {
        lines.addAll(agents(backlogs, model.firstAgent(), room));
      }
    }
    while (lines.size() < maxLines - 1) {
      lines.add(AttributedString.EMPTY);
    }
    List<AttributedString> shown = new ArrayList<>(lines.subList(0, Math.max(0, maxLines - 1)));
    shown.add(text(model.detail() == null ? KEYS : DETAIL_KEYS, faint()));
    return shown.stream().map(line -> cut(line, columns)).toList();
  }

  private AttributedString title(TopModel model) {
    String detail = model.detail();
    AttributedStringBuilder line = new AttributedStringBuilder();
    line.append("swarmlog top", style(AttributedStyle.BOLD));
    return detail == null
        ? line.append("  swarms by ").append(model.order().text()).toAttributedString()
        : line.append("  agents of ")
            .append(Output.printable(detail), style(AttributedStyle.BOLD))
            .append(", those with most before them first")
            .toAttributedString();
  }

  private List<AttributedString> swarms(TopSample sample, int chosen, int columns, int room) {
    if (sample.rows().isEmpty()) {
      return List.of(text("No swarm yet.", AttributedStyle.DEFAULT));
    }
    boolean wide = columns >= WIDE_COLUMNS;
    List<TopSample.Row> rows = sample.rows();
    int first = Math.max(0, Math.min(chosen - room / 2, rows.size() - room));
    List<TopSample.Row> shown = rows.subList(first, Math.min(rows.size(), first + room));
    List<List<String>> cells = new ArrayList<>();
    shown.forEach(row -> cells.add(cells(row, wide)));
    List<AttributedString> lines = new ArrayList<>();
    TopColumns table = TopColumns.of(headings(wide), cells);
    lines.add(text(table.heading(), style(AttributedStyle.BOLD)));
    for (int i = 0; i < shown.size(); i++) {
      AttributedStyle style = shown.get(i).isBad() ? red() : AttributedStyle.DEFAULT;
      boolean isChosen = first + i == chosen;
      String line = table.row(cells.get(i));
      lines.add(
          isChosen
              ? text(padded(line, columns), style(AttributedStyle.INVERSE))
              : text(line, style));
    }
    more(rows.size() - first - shown.size() + sample.unlistedSwarms(), lines);
    return lines;
  }

  private void more(long more, List<AttributedString> lines) {
    if (more > 0) {
      lines.add(text("… %,d more".formatted(more), faint()));
    }
  }

  static List<String> headings(boolean wide) {
    return wide
        ? List.of(
            "SWARM",
            ">AGENTS",
            ">APPEND/S",
            ">DELIVER/S",
            ">ACK/S",
            ">BACKLOG",
            "MOST BEHIND",
            ">DELIVER P99",
            ">ACK P50",
            ">ACK P99",
            "NOTICE")
        : List.of("SWARM", ">AGENTS", ">APPEND/S", ">ACK/S", ">BACKLOG", ">ACK P99", "NOTICE");
  }

  static List<String> cells(TopSample.Row row, boolean wide) {
    SwarmOverview swarm = row.swarm();
    String agents = "%,d".formatted(swarm.getConnectedAgents());
    String backlog = "%,d".formatted(swarm.getBacklogSum());
    String ackP99 = TopSample.lag(swarm.getAckLag(), swarm.getAckLag().getP99Us());
    String notices = String.join(", ", row.notices());
    return wide
        ? List.of(
            swarm.getName(),
            agents,
            TopSample.rate(row.appendedPerS()),
            TopSample.rate(row.deliveredPerS()),
            TopSample.rate(row.ackedPerS()),
            backlog,
            row.mostBehind(),
            TopSample.lag(swarm.getDeliverLag(), swarm.getDeliverLag().getP99Us()),
            TopSample.lag(swarm.getAckLag(), swarm.getAckLag().getP50Us()),
            ackP99,
            notices)
        : List.of(
            swarm.getName(),
            agents,
            TopSample.rate(row.appendedPerS()),
            TopSample.rate(row.ackedPerS()),
            backlog,
            ackP99,
            notices);
  }

  private List<AttributedString> agents(ListBacklogsResponse backlogs, int first, int room) {
    List<AttributedString> lines = new ArrayList<>();
    lines.add(
        text(
            "%s connected, %,d operations before them"
                .formatted(
                    TopSample.count(backlogs.getConnectedAgents(), "agent"),
                    backlogs.getBacklogSum()),
            AttributedStyle.DEFAULT));
    List<List<String>> cells = new ArrayList<>();
    List<AttributedStyle> styles = new ArrayList<>();
    int shown = 0;
    for (AgentBacklog agent :
        backlogs
            .getAgentsList()
            .subList(Math.min(first, backlogs.getAgentsCount()), backlogs.getAgentsCount())) {
      boolean named = false;
      shown++;
      if (agent.getLanesCount() == 0) {
        cells.add(row(agent, null, true));
        styles.add(faint());
      }
      for (LaneBacklog lane : agent.getLanesList()) {
        cells.add(row(agent, lane, !named));
        styles.add(lane.getState().startsWith("waiting") ? red() : AttributedStyle.DEFAULT);
        named = true;
      }
      if (cells.size() >= room - 1) {
        break;
      }
    }
    TopColumns table =
        TopColumns.of(
            List.of(
                "AGENT", "LOG", ">ACKED", ">BACKLOG", "STATE", ">FOR", ">HANDLER", ">HEARTBEAT"),
            cells);
    lines.add(text(table.heading(), style(AttributedStyle.BOLD)));
    for (int i = 0; i < cells.size(); i++) {
      lines.add(text(table.row(cells.get(i)), styles.get(i)));
    }
    more((long) backlogs.getConnectedAgents() - first - shown, lines);
    return lines;
  }

  private static List<String> row(AgentBacklog agent, @Nullable LaneBacklog lane, boolean named) {
    String handler =
        agent.getHandlerHeldMs() > 0
            ? "held " + ms(agent.getHandlerHeldMs())
            : agent.getHandlerRunningMs() > 0 ? ms(agent.getHandlerRunningMs()) : "";
    return List.of(
        named ? agent.getAgent() : "",
        lane == null ? "" : PositionText.logName(lane.getLog()),
        lane == null ? "" : "%,d".formatted(lane.getAckedOpId()),
        lane == null ? "" : "%,d".formatted(lane.getBacklog()),
        lane == null ? "no lane attached" : lane.getState(),
        lane == null ? "" : ms(lane.getStateMs()),
        named ? handler : "",
        named ? ms(agent.getLastHeartbeatMs()) : "");
  }

  private static String ms(long ms) {
    return DurationText.print(Duration.ofMillis(ms));
  }

  private static String padded(String line, int columns) {
    int missing = columns - new AttributedString(line).columnLength();
    return missing > 0 ? line + " ".repeat(missing) : line;
  }

  private AttributedString text(String text, AttributedStyle style) {
    return new AttributedString(Output.printable(text), style(style));
  }

  private AttributedStyle red() {
    return style(AttributedStyle.DEFAULT.foreground(AttributedStyle.RED));
  }

  private AttributedStyle faint() {
    return style(AttributedStyle.DEFAULT.faint());
  }

  /** Without colours the chosen row still has to be seen. */
  private AttributedStyle style(AttributedStyle wanted) {
    return coloured || wanted.equals(AttributedStyle.INVERSE) ? wanted : AttributedStyle.DEFAULT;
  }

  private static AttributedString cut(AttributedString line, int columns) {
    return line.columnLength() <= columns
        ? line
        : new AttributedStringBuilder()
            .append(line.columnSubSequence(0, columns - 1))
            .append("…")
            .toAttributedString();
  }
}
