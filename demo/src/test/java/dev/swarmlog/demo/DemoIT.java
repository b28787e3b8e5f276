package dev.swarmlog.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.demo.process.Launch;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The whole demo, small: real processes, a real store, real kills. */
@Timeout(120)
class DemoIT {
  private static final int FILES = 60;
  private static final int SEED = 7;

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void nameTheProgram() throws IOException {
    System.setProperty(Launch.MAIN_CLASS_PROPERTY, DemoProgram.class.getName());
    for (int i = 0; i < FILES; i++) {
      Path file = folder.resolve("tree/folder-" + i % 7 + "/File" + i + ".java");
      Files.createDirectories(file.getParent());
      Files.writeString(file, "class File" + i + " {\n  // TODO: " + "x".repeat(i) + "\n}\n");
    }
  }

  @AfterEach
  void forgetTheProgram() {
    System.clearProperty(Launch.MAIN_CLASS_PROPERTY);
  }

  @Test
  void shouldComeThroughTwoKillsWithNothingLostTwiceOrOutOfOrder() throws IOException {
    // when
    int exitCode = demo("--seconds", "6", "--out", folder.resolve("table.csv").toString());

    // then
    JsonNode line = lastLine();
    assertThat(exitCode).as(said()).isZero();
    assertThat(line.get("files").asInt()).isEqualTo(FILES);
    assertThat(line.get("agents").asInt()).isEqualTo(4);
    assertThat(line.get("operations").asLong()).isGreaterThanOrEqualTo(2 * FILES);
    assertThat(line.get("lost").asLong()).isZero();
    assertThat(line.get("appliedTwice").asLong()).isZero();
    assertThat(line.get("outOfOrder").asLong()).isZero();
    assertThat(line.get("converged").asBoolean()).isTrue();
    assertThat(line.get("agentKills").asInt()).isEqualTo(1);
    assertThat(line.get("coordinatorKills").asInt()).isEqualTo(1);
    assertThat(line.get("inFlightAtKill").asLong()).isPositive();
    assertThat(line.get("driftInjected").asInt()).isEqualTo(1);
    assertThat(line.get("driftHealed").asInt()).isEqualTo(1);
    assertThat(line.get("lagMs").get("p50").asDouble()).isPositive();
    assertThat(Files.readAllLines(folder.resolve("table.csv"))).hasSize(FILES + 1);
    assertThat(said())
        .contains("PASSED", "All agents are back: ")
        .containsPattern("Changed a row of agent-0\\d behind its back: 1/folder-0/File0.java has")
        .containsPattern("Found and repaired 1/folder-0/File0.java of agent-0\\d: \\d+ messages");
    assertNothingLeft();
  }

  @ParameterizedTest
  @CsvSource({
    "duplicate, appliedTwice, APPLIED_TWICE",
    "drop, lost, LOST",
    "reorder, outOfOrder, OUT_OF_ORDER"
  })
  void shouldFailWhenAFaultIsInjected(String fault, String field, String finding)
      throws IOException {
    // when
    int exitCode = demo("--seconds", "2", "--inject", fault);

    // then
    assertThat(exitCode).as(said()).isEqualTo(1);
    assertThat(lastLine().get(field).asLong()).as(said()).isEqualTo(1);
    assertThat(said())
        .contains("FAILED")
        .containsPattern(finding + ": agent-0\\d .*operation \\d+");
    assertNothingLeft();
  }

  @Test
  void shouldRefuseWhatCannotBeRun() throws IOException {
    // given
    Files.createDirectories(folder.resolve("data/something"));

    // when, then
    assertThat(demo("--seconds", "3", "--data", folder.resolve("data").toString())).isEqualTo(2);
    assertThat(said()).contains("Expected an empty folder for the data");
    assertThat(demo("--inject", "nonsense")).isEqualTo(2);
    assertThat(demo("--seconds", "0")).isEqualTo(2);
    assertNothingLeft();
  }

  @Test
  void shouldGoThroughARetryStormSideBySide() throws IOException {
    // given
    CommandLine program = DemoProgram.commandLine();
    program.setOut(new PrintWriter(out));
    program.setErr(new PrintWriter(err));

    // when
    int exitCode = program.execute("demo", "--storm", "--seconds", "6", "--seed", "7", "--json");

    // then: how fast it was is no matter here
    assertThat(exitCode).as(said()).isZero();
    JsonNode line = lastLine();
    assertThat(line.has("cpuRatio")).isTrue();
    assertThat(line.get("contenders").findValuesAsText("name"))
        .containsExactly("orchestrator-naive", "swarmlog");
    assertThat(said().lines().filter(each -> each.startsWith("00:0"))).hasSize(6);
    assertThat(said()).contains("storm, handlers fail too: orchestrator-naive CPU");
    assertNothingLeft();
  }

  @Test
  void shouldRefuseWhatIsNotOfAStorm() {
    // when, then
    assertThat(demo("--storm")).isEqualTo(2);
    assertThat(said()).contains("Expected --storm with none but --seconds, --seed, --json");
  }

  private int demo(String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "demo",
                folder.resolve("tree").toString(),
                "--json",
                "--seed",
                Integer.toString(SEED)));
    arguments.addAll(List.of(options));
    if (!arguments.contains("--agents")) {
      arguments.addAll(List.of("--agents", "4", "--processes", "2"));
    }
    if (!arguments.contains("--data")) {
      arguments.addAll(List.of("--data", folder.resolve("run").toString()));
    }
    CommandLine program = DemoProgram.commandLine();
    program.setOut(new PrintWriter(out));
    program.setErr(new PrintWriter(err));
    return program.execute(arguments.toArray(String[]::new));
  }

  private JsonNode lastLine() throws IOException {
    List<String> lines = out.toString().lines().toList();
    assertThat(lines).as(said()).hasSize(1);
    return new ObjectMapper().readTree(lines.get(0));
  }

  private String said() {
    return err.toString();
  }

  private static void assertNothingLeft() {
    try (Stream<ProcessHandle> children = ProcessHandle.current().descendants()) {
      assertThat(children.filter(ProcessHandle::isAlive).map(each -> each.info().commandLine()))
          .isEmpty();
    }
  }
}
