package dev.swarmlog.demo.display;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.bench.storm.ContenderKind;
import dev.swarmlog.bench.storm.Phase;
import dev.swarmlog.bench.storm.StormSample;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StormPictureTest {

  @Test
  void shouldShowBothSideBySideOnOneScale() {
    // when
    List<AttributedString> lines = new StormPicture(false, false).draw(board(4), 100, 29);

    // then: in the storm one takes eight times the processor time of the other
    assertThat(line(lines, "orchestrator-naive")).contains("swarmlog");
    assertThat(line(lines, "CPU, s/s")).contains("1.60 ::##").contains("0.20 ....");
    assertThat(line(lines, "p99, ms")).contains("2,345 ").contains("12 ");
    assertThat(line(lines, "goodput, /s")).contains("20 ").contains("150 ");
    assertThat(line(lines, "phase")).containsPattern("\\.\\.ff .*\\.\\.ff");
    assertThat(line(lines, "so far")).contains("4.2 s of CPU").contains("0.8 s of CPU");
    assertThat(line(lines, "00:04.0 of 00:30.0")).contains("storm, handlers fail too");
  }

  @ParameterizedTest
  @CsvSource({"80, 24", "40, 10", "200, 50", "100, 29", "20, 5"})
  void shouldFitAnyTerminal(int columns, int maxLines) {
    for (int seconds : new int[] {0, 3, 500}) {
      // when
      List<AttributedString> lines =
          new StormPicture(true, true).draw(board(seconds), columns, maxLines);

      // then
      assertThat(lines).hasSizeLessThanOrEqualTo(maxLines);
      assertThat(lines).allMatch(line -> line.columnLength() <= columns);
    }
  }

  @Test
  void shouldCutNoWordsOnAUsualTerminal() {
    // given
    StormBoard board =
        new StormBoard(
            "5 swarms x 10 agents, 50 commands/s each; in the storm one agent asks 5,000 times per second",
            30,
            board(4).left(),
            board(4).right());

    // when
    List<String> lines =
        new StormPicture(false, true)
            .draw(board, 80, 23).stream().map(AttributedString::toString).toList();

    // then
    assertThat(lines).noneMatch(line -> line.contains("…"));
    assertThat(String.join(" ", lines))
        .contains("times per second", "Goodput counts a command once.");
  }

  @Test
  void shouldShowNoLatencyWhereNothingWasDone() {
    // given
    StormBoard.Side idle = side(ContenderKind.ORCHESTRATOR_NAIVE, 4, 0.5, 1.6, 0, 0);
    StormBoard board = new StormBoard("3 swarms", 30, idle, board(4).right());
    StringWriter out = new StringWriter();

    // when
    List<AttributedString> lines = new StormPicture(false, false).draw(board, 100, 29);
    StormView.plain(new PrintWriter(out)).show(board);

    // then
    assertThat(line(lines, "p99, ms")).matches("p99, ms +- .*");
    assertThat(out.toString()).contains("CPU 1.60 s/s, p99 - ms");
  }

  @Test
  void shouldPrintALineForEachSecondThatBothHaveBehindThem() {
    // given
    StringWriter out = new StringWriter();
    StormView view = StormView.plain(new PrintWriter(out));
    StormBoard ahead = board(4);

    // when
    view.show(board(0));
    view.show(new StormBoard("3 swarms", 30, ahead.left(), board(3).right()));
    view.show(new StormBoard("3 swarms", 30, ahead.left(), board(3).right()));

    // then
    List<String> lines = out.toString().lines().toList();
    assertThat(lines).hasSize(1 + 3);
    assertThat(lines.get(0)).isEqualTo("3 swarms");
    assertThat(lines.get(1))
        .startsWith("00:01.0  quiet: orchestrator-naive CPU 0.50 s/s, p99 9.5 ms");
    assertThat(lines.get(3))
        .startsWith(
            "00:03.0  storm, handlers fail too: orchestrator-naive CPU 1.60 s/s, p99 2,345 ms")
        .endsWith("swarmlog CPU 0.20 s/s, p99 12 ms, 150 commands/s");
  }

  private static StormBoard board(int seconds) {
    return new StormBoard(
        "3 swarms",
        Math.max(30, seconds),
        side(ContenderKind.ORCHESTRATOR_NAIVE, seconds, 0.5, 1.6, 2_345, 20),
        side(ContenderKind.SWARMLOG, seconds, 0.2, 0.2, 12, 150));
  }

  /** Two quiet seconds, then a storm. */
  private static StormBoard.Side side(
      ContenderKind contender,
      int seconds,
      double quietCores,
      double stormCores,
      double stormMs,
      double stormGoodput) {
    return new StormBoard.Side(
        contender,
        "",
        IntStream.rangeClosed(1, seconds)
            .mapToObj(
                second -> {
                  boolean storm = second > 2;
                  return new StormSample(
                      contender,
                      second,
                      storm ? Phase.STORM_FAILING : Phase.BEFORE,
                      storm,
                      storm,
                      storm ? stormCores : quietCores,
                      storm ? stormGoodput : 150,
                      3,
                      storm ? stormMs : 9.5,
                      storm ? 5_000 : 0);
                })
            .collect(Collectors.toList()));
  }

  private static String line(List<AttributedString> lines, String containing) {
    return lines.stream()
        .map(AttributedString::toString)
        .filter(line -> line.contains(containing))
        .findFirst()
        .orElseThrow();
  }
}
