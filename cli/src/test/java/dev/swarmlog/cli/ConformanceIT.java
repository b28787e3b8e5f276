package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The conformance suite out of the distribution. */
class ConformanceIT {
  @TempDir private Path folder;

  @Test
  void shouldSumUpInTheLastLine() throws Exception {
    // given
    Path matrix = folder.resolve("matrix.md");

    // when
    CommandRun run =
        run("conformance", "java", "--only", "^gap$", "--json", "--matrix", matrix.toString());

    // then: as it is written, and cut
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(lastLine(run).path("java").toString())
        .startsWith("{\"passed\":2,\"total\":2,\"skipped\":0");
    assertThat(matrix)
        .hasContent(
            """
            | | java |
            |---|---|
            | applies once, in order, acknowledges behind the effect | yes, 2 |
            """);
  }

  @Test
  void shouldTellTheStoryOfWhatFailed() throws Exception {
    // given
    String broken =
        "%s/bin/java -cp '%s' dev.swarmlog.sdk.Testee --broken forgets-cursor"
            .formatted(System.getProperty("java.home"), System.getProperty("java.class.path"));

    // when
    CommandRun run =
        run("conformance", "--testee", broken, "--only", "^resume-after-drop$", "--without-cuts");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILURE.number());
    assertThat(run.out())
        .contains(
            "FAILED: case resume-after-drop",
            "A live agent whose connection breaks comes back where it stood",
            "Expected Hello to say where the agent stands in main",
            "agent: Hello from the beginning");
  }

  @Test
  void shouldSayWhyATesteeCannotRun() throws Exception {
    // when
    CommandRun run =
        run("conformance", "--testee", "sh -c 'echo no such interpreter >&2; exit 69'");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.number());
    assertThat(run.err()).contains("no such interpreter").doesNotContain("\tat ");
  }

  @Test
  void shouldSayWhatIsNoTestee() throws Exception {
    // when
    CommandRun run = run("conformance", "--testee", "echo hello there");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.FAILURE.number());
    assertThat(run.err()).contains("Expected").doesNotContain("\tat ");
  }

  /**
   * What is missing for it is named; {@code .ci/run} has everything, and fails if any is skipped.
   */
  @ParameterizedTest
  @ValueSource(strings = "python")
  void shouldPassInOtherLanguages(String language) throws Exception {
    // when
    CommandRun run = run("conformance", language, "--json", "--without-cuts", "--patience", "20");

    // then
    Assumptions.assumeFalse(
        run.exitCode() == ExitCode.ENVIRONMENT.number(), language + ": " + run.err().strip());
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    assertThat(lastLine(run).path(language).path("failed").intValue()).isZero();
  }

  private static JsonNode lastLine(CommandRun run) throws Exception {
    String out = run.out().strip();
    return new ObjectMapper().readTree(out.substring(out.lastIndexOf('\n') + 1));
  }

  private static CommandRun run(String... arguments) throws Exception {
    return Installation.built()
        .run(Map.of("SWARMLOG_CHECKOUT", Path.of("..").toRealPath().toString()), "", arguments);
  }
}
