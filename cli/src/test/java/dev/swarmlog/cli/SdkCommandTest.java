package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.generate.Finding;
import dev.swarmlog.generate.Language;
import dev.swarmlog.generate.Tool;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

class SdkCommandTest {

  @TempDir private Path folder;

  @Test
  void shouldGenerateWithoutAnythingInstalled() throws Exception {
    // given
    String out = folder.resolve("contract").toString();

    // when
    CommandRun run = CommandRun.of("sdk", "generate", "proto", "--out", out);
    CommandRun again = CommandRun.of("sdk", "generate", "PROTO", "--out", out, "--json");

    // then
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).startsWith(".proto files: ").contains(" files in " + out, " 0 removed.");
    assertThat(Path.of(out, "swarmlog", "v1", "session.proto"))
        .hasSameTextualContentAs(
            Path.of("..", "proto", "src", "main", "proto", "swarmlog", "v1", "session.proto"));
    JsonNode constants =
        new ObjectMapper().readTree(Path.of(out, "swarmlog", "v1", "constants.json").toFile());
    assertThat(constants.at("/backoff/first_ceiling_ms").isInt()).isTrue();
    assertThat(constants.at("/reasons/RATE_LIMITED/retry").asText()).isEqualTo("BACKOFF");
    JsonNode answer = new ObjectMapper().readTree(again.out());
    assertThat(answer.get("language").asText()).isEqualTo("proto");
    assertThat(answer.get("files").asInt()).isGreaterThan(20);
    assertThat(answer.get("changed").asInt()).isZero();
  }

  @Test
  void shouldRefuseAFolderOfOthers() throws Exception {
    // given
    Files.writeString(folder.resolve("thesis.txt"), "mine");

    // when
    CommandRun run = CommandRun.of("sdk", "generate", "java", "--out", folder.toString());

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.FOLDER_UNFIT.number());
    assertThat(run.err())
        .contains(
            "to be empty or generated before, but there is thesis.txt.", "Nothing was written.")
        .doesNotContain("\tat ");
  }

  @Test
  void shouldNameTheLanguagesThatThereAre() {
    CommandRun run = CommandRun.of("sdk", "generate", "cobol", "--out", folder.toString());

    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run.err())
        .contains(
            "Expected one of python, go, typescript, rust, kotlin, cpp, java, proto, but got 'cobol'.");
  }

  @Test
  void shouldListLanguagesInJson() throws Exception {
    // when
    CommandRun run = CommandRun.of("sdk", "--json");

    // then
    JsonNode languages = new ObjectMapper().readTree(run.out()).get("languages");
    assertThat(languages).hasSize(Language.values().length);
    for (JsonNode language : languages) {
      for (JsonNode tool : language.get("tools")) {
        boolean usable = List.of("ready", "comes_along").contains(tool.get("state").asText());
        assertThat(tool.has("install")).as(tool.toString()).isEqualTo(!usable);
      }
    }
  }

  @Test
  void shouldShowWhatIsMissing() {
    // given
    Map<Language, List<Finding>> findings = new LinkedHashMap<>();
    findings.put(
        Language.GO,
        List.of(
            new Finding.ComesAlong(Tool.PROTOC),
            new Finding.OtherVersion(Tool.GO_MESSAGES, Path.of("/bin/protoc-gen-go"), "1.2.3"),
            new Finding.Missing(Tool.GO_STUBS, List.of())));
    findings.put(Language.PROTO, List.of());
    StringWriter out = new StringWriter();

    // when
    new SdkText(new Output(new PrintWriter(out), new PrintWriter(out), Ansi.OFF)).show(findings);

    // then
    assertThat(out.toString().lines().map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "LANGUAGE READY GENERATOR VERSION FOUND",
            "go no protoc " + Tool.PROTOC.pin() + " comes along",
            " protoc-gen-go " + Tool.GO_MESSAGES.pin() + " /bin/protoc-gen-go is 1.2.3",
            " protoc-gen-go-grpc " + Tool.GO_STUBS.pin() + " missing",
            "proto yes - - nothing needed",
            "",
            "Install what is missing:",
            " " + Tool.GO_MESSAGES.install(),
            " " + Tool.GO_STUBS.install());
  }
}
