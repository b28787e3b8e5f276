package dev.swarmlog.demo.display;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.demo.display.Board.AgentRow;
import dev.swarmlog.demo.display.Board.Event;
import dev.swarmlog.demo.display.Board.Health;
import dev.swarmlog.demo.display.Board.Lag;
import dev.swarmlog.demo.display.Board.ProcessRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureTest {
  @Test
  void shouldShowHeadAgentsLagAndKills() {
    // when
    String picture = text(new Picture(false, false).draw(board(0), 120, 40));

    // then
    assertThat(picture)
        .contains("head 4,200")
        .contains("1,500 operations/s")
        .contains("quiet 3.5/21 ms, through the faults -")
        .contains("agent-01 1 ####################     4,200  live")
        .contains("killed (pid 4711)")
        .contains("caught up 37 of 4,120 by delta, 0 twice")
        .contains("00:12.3  Killed agent process 2 (pid 4711) with 48 in flight.");
  }

  @Test
  void shouldShowTheKilledInRed() {
    // when
    List<AttributedString> lines = new Picture(true, true).draw(board(0), 120, 40);

    // then
    AttributedString killed =
        lines.stream()
            .filter(each -> each.toString().contains("killed (pid 4711)"))
            .findFirst()
            .orElseThrow();
    assertThat(killed.toAnsi()).containsPattern("\u001b\\[[0-9;]*31[0-9;]*mkilled \\(pid 4711\\)");
  }

  @ParameterizedTest
  @CsvSource({"80, 24", "40, 10", "200, 50", "80, 12", "132, 30"})
  void shouldFitAnyTerminal(int columns, int maxLines) {
    // when
    List<AttributedString> lines = new Picture(true, true).draw(board(17), columns, maxLines);

    // then
    assertThat(lines)
        .hasSizeLessThanOrEqualTo(maxLines)
        .allMatch(line -> line.columnLength() <= columns);
  }

  @ParameterizedTest
  @CsvSource({"true, …", "false, .."})
  void shouldShowWhereALineIsCut(boolean unicode, String ellipsis) {
    // when
    List<AttributedString> lines = new Picture(false, unicode).draw(board(0), 40, 40);

    // then
    assertThat(lines)
        .extracting(AttributedString::toString)
        .filteredOn(line -> line.startsWith("lag p50/p99"))
        .singleElement()
        .asString()
        .hasSize(40)
        .endsWith(ellipsis);
  }

  @Test
  void shouldShowWholeLagsOnAnOrdinaryTerminal() {
    // given lags as long as they get when the coordinator was killed
    Board board = board(17, new Lag(100, 1_877.3, 1_393.2), new Lag(50, 1_623, 12_976));

    // when
    String picture = text(new Picture(false, true).draw(board, 80, 23));

    // then
    assertThat(picture)
        .contains("quiet 1,877/1,393 ms, through the faults 1,623/12,976 ms")
        .contains("surveyed 2,000 of 2,048\n");
  }

  @Test
  void shouldShowAllAgentsOnAnOrdinaryTerminal() {
    // when
    String picture = text(new Picture(true, true).draw(board(17), 80, 23));

    // then
    assertThat(picture).contains("agent-01", "agent-10", "agent-11", "agent-20");
  }

  @Test
  void shouldDrawOnATerminalAndGiveItBack() throws IOException {
    // given
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try (Terminal terminal =
        new LineDisciplineTerminal("test", "xterm-256color", output, StandardCharsets.UTF_8)) {
      terminal.setSize(new Size(120, 40));
      LiveView view = new LiveView(terminal, true);

      // when
      view.show(board(0));
      view.show(board(0));
      view.close();
    }

    // then
    String written = output.toString(StandardCharsets.UTF_8);
    assertThat(written).contains("Swarmlog demo").contains("killed (pid 4711)");
    assertThat(written.indexOf("Swarmlog demo"))
        .as("drawn once")
        .isEqualTo(written.lastIndexOf("Swarmlog demo"));
    assertThat(written.lastIndexOf("\u001b[?25l")).isLessThan(written.lastIndexOf("?12;25h"));
  }

  @Test
  void shouldPrintEachEventOnceAndProgressNowAndThen() {
    // given
    StringWriter lines = new StringWriter();
    PlainView view = new PlainView(new PrintWriter(lines));

    // when
    view.show(board(0));
    view.show(board(0));

    // then
    assertThat(lines.toString())
        .containsOnlyOnce("Killed agent process 2")
        .containsOnlyOnce("round 3, head 4,200, 2,000 of 2,048 surveyed")
        .contains("agent-02 killed (pid 4711)");
  }

  private static Board board(int moreAgents) {
    return board(moreAgents, new Lag(100, 3.5, 21.4), new Lag(0, 0, 0));
  }

  private static Board board(int moreAgents, Lag quiet, Lag throughFaults) {
    List<AgentRow> agents = new ArrayList<>();
    agents.add(new AgentRow("agent-01", 1, 11, 4_200, Health.WELL, "live"));
    agents.add(new AgentRow("agent-02", 2, 4711, 4_083, Health.KILLED, "killed (pid 4711)"));
    agents.add(
        new AgentRow(
            "agent-03", 2, 12, 4_120, Health.RECOVERED, "caught up 37 of 4,120 by delta, 0 twice"));
    for (int i = 0; i < moreAgents; i++) {
      agents.add(
          new AgentRow(
              "agent-" + (i + 4 < 10 ? "0" : "") + (i + 4), 3, 13, 4_200, Health.WELL, "live"));
    }
    return new Board(
        "/tree (git ls-files)",
        412,
        42,
        12_345,
        30_000,
        0.41,
        3,
        2_048,
        2_000,
        4_200,
        1_500,
        30_000,
        quiet,
        throughFaults,
        new ProcessRow(10, Health.WELL, "serving"),
        new ProcessRow(9, Health.WELL, "running"),
        agents,
        List.of(new Event(12_300, true, "Killed agent process 2 (pid 4711) with 48 in flight.")));
  }

  private static String text(List<AttributedString> lines) {
    return String.join("\n", lines.stream().map(AttributedString::toString).toList());
  }
}
