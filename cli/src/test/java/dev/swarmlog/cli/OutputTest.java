package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;

class OutputTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void shouldAlignColumns() {
    // given
    Output output = output(Ansi.OFF);

    // when
    output.table(
        List.of("SWARM", ">MAIN", "STATE"),
        List.of(List.of("fleet", "12", "live"), List.of("warehouse-7", "1,234", "")));

    // then
    assertThat(out.toString())
        .isEqualToNormalizingNewlines(
            """
            SWARM         MAIN  STATE
            fleet           12  live
            warehouse-7  1,234
            """);
  }

  @Test
  void shouldCutTheWidestColumnsOnANarrowTerminal() {
    // given
    Output output = new Output(new PrintWriter(out), new PrintWriter(err), Ansi.OFF, () -> 40);

    // when
    output.table(
        List.of("TOPIC", ">OPERATIONS", "STATE DIGEST", "EVENT HASH"),
        List.of(List.of("alerts", "1,234", "0123456789abcdef", "fedcba9876543210")));

    // then
    assertThat(out.toString())
        .isEqualToNormalizingNewlines(
            """
            TOPIC   OPERATIONS  STATE DI…  EVENT HA…
            alerts       1,234  01234567…  fedcba98…
            """);
  }

  @Test
  void shouldShowNoControlCharactersOfOthers() {
    // given
    Output output = output(Ansi.OFF);

    // when
    output.table(List.of("SWARM"), List.of(List.of("evil\u001b[2J\rname")));

    // then
    assertThat(out.toString()).doesNotContain("\u001b", "\r").contains("evil\uFFFD[2J\uFFFDname");
  }

  @Test
  void shouldShowNothingThatTurnsOrHidesWhatOthersWrote() {
    assertThat(Output.printable("a\u202Eb\u2066c\u200Bd\u2028e\uFEFFf\uE000g\uDB40\uDC41"))
        .isEqualTo("a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\uFFFD");
    assertThat(Output.printable("\u00fcn\u00ef \ud83d\ude00\u200d\ud83d\udd25"))
        .isEqualTo("\u00fcn\u00ef \ud83d\ude00\u200d\ud83d\udd25");
  }

  @Test
  void shouldColourOnlyWhereTheTerminalHasColours() {
    assertThat(output(Ansi.OFF).styled(Style.bold, "x")).isEqualTo("x");
    assertThat(output(Ansi.ON).styled(Style.bold, "x")).isNotEqualTo("x").contains("x");
  }

  @Test
  void shouldShowProgressOnlyOnATerminal() {
    // when
    output(Ansi.OFF).progress("half done");

    // then
    assertThat(err.toString()).isEmpty();

    // when
    Output onTerminal = output(Ansi.ON);
    onTerminal.progress("half done");
    onTerminal.clearProgress();

    // then
    assertThat(err.toString()).contains("half done").endsWith("\r\033[K");
    assertThat(out.toString()).isEmpty();
  }

  private Output output(Ansi ansi) {
    return new Output(new PrintWriter(out), new PrintWriter(err), ansi);
  }
}
