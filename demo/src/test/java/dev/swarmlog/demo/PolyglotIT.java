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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * The polyglot swarm with what can run here: Java always, a language whose agent is not built is
 * skipped by name. Continuous integration builds all, and runs the command itself.
 */
@Timeout(240)
class PolyglotIT {
  /** Says of every operation there may be that it holds nothing, and ends badly. */
  private static final String LIAR =
      """
      #!/bin/sh
      echo '{"agent":"liar","language":"liar","version":"0","publishes":false}'
      seq 3000 | sed 's/.*/{"report":"r","opId":&,"events":0,"chain":"","keys":0,"table":""}/'
      trap 'exit 3' TERM
      while :; do sleep 0.1; done
      """;

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void nameTheProgram() {
    System.setProperty(Launch.MAIN_CLASS_PROPERTY, DemoProgram.class.getName());
  }

  @AfterEach
  void forgetTheProgram() {
    System.clearProperty(Launch.MAIN_CLASS_PROPERTY);
  }

  @Test
  void shouldEndWithAgentsOfAllLanguagesHoldingWhatTheLogSays() throws IOException {
    // when
    int exitCode =
        demo("--seconds", "8", "--seed", "7", "--data", folder.resolve("run").toString());

    // then
    assertThat(exitCode).as(said()).isZero();
    JsonNode line = new ObjectMapper().readTree(out.toString());
    int agents = line.get("agents").asInt();
    assertThat(line.get("languages")).extracting(JsonNode::asText).contains("java");
    assertThat(agents).isEqualTo(2 * line.get("languages").size());
    assertThat(line.get("agree").asInt()).isEqualTo(agents);
    assertThat(line.get("agentKills").asInt()).isEqualTo(agents);
    assertThat(line.get("cuts").asInt()).isEqualTo(agents);
    assertThat(line.get("partitions").asInt()).isEqualTo(agents);
    assertThat(line.get("coordinatorKills").asInt()).isEqualTo(1);
    assertThat(line.get("publishedTwice").asInt()).isPositive();
    assertThat(line.get("deliveredTwice").asInt()).isPositive();
    assertThat(line.get("answers").asInt()).isPositive();
    assertThat(line.get("passed").asBoolean()).isTrue();
    line.get("skipped")
        .fieldNames()
        .forEachRemaining(language -> assertThat(said()).contains("Skipped: " + language));
  }

  @Test
  void shouldFailWhereAnAgentHoldsSomethingElse() throws IOException {
    // given
    Path liar = folder.resolve("checkout/sdk-generated/liar/polyglot/agent");
    Files.createDirectories(liar.getParent());
    Files.writeString(liar, LIAR);
    assertThat(liar.toFile().setExecutable(true)).isTrue();

    // when
    int exitCode =
        demo(
            "--seconds",
            "5",
            "--sdks",
            folder.resolve("checkout").toString(),
            "--data",
            folder.resolve("run").toString());

    // then
    assertThat(exitCode).as(said()).isEqualTo(1);
    assertThat(said())
        .contains("FAILED", "SOMETHING ELSE", "Expected liar-1 to hold AgentState[events=")
        .contains("Expected liar-2 to end when it was asked to, but it did not.");
    assertThat(new ObjectMapper().readTree(out.toString()).get("agree").asInt()).isZero();
  }

  @Test
  void shouldRefuseWhatIsNotOfIt() {
    // when, then
    assertThat(demo("--agents", "3")).isEqualTo(2);
    assertThat(said()).contains("Expected --polyglot with none but --seconds, --seed, --data");
    assertThat(demo("--seconds", "1")).isEqualTo(2);
    assertThat(said()).contains("Expected --seconds to be 5 to 3600 with --polyglot, but it is 1.");
  }

  private int demo(String... options) {
    CommandLine program = DemoProgram.commandLine();
    program.setOut(new PrintWriter(out));
    program.setErr(new PrintWriter(err));
    String[] arguments = new String[options.length + 3];
    arguments[0] = "demo";
    arguments[1] = "--polyglot";
    arguments[2] = "--json";
    System.arraycopy(options, 0, arguments, 3, options.length);
    return program.execute(arguments);
  }

  private String said() {
    return err.toString();
  }
}
