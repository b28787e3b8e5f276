package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a coordinator logs, as whoever runs it finds it on standard error. */
class ServeLogIT {

  private static final int FORGERIES = 25;

  private final Installation installation = Installation.built();

  @TempDir private Path folder;

  @Test
  void shouldLogEveryLineInJsonToTheEnd() throws Exception {
    // given
    Coordinator coordinator = Coordinator.start(installation, folder.resolve("data"));

    // when
    coordinator.signal("TERM");
    coordinator.awaitExitCode();

    // then
    List<JsonNode> lines = lines(coordinator);
    assertThat(lines)
        .allSatisfy(
            line -> {
              assertThat(Instant.parse(line.get("time").asText())).isNotNull();
              assertThat(line.get("message").asText()).isNotBlank().doesNotContain("{}");
            })
        .extracting(line -> line.get("message").asText())
        .anyMatch(message -> message.startsWith("Serving on 127.0.0.1 port "))
        .contains("stopped, everything acknowledged is stored.");
  }

  @Test
  void shouldNotLetAForgerOfPositionsFillTheLog() throws Exception {
    try (Coordinator coordinator = Coordinator.start(installation, folder.resolve("data"))) {
      // given
      CommandRun.of("publish", "fleet", "hello", "--server", coordinator.target());
      String position =
          new ObjectMapper()
              .readTree(
                  CommandRun.of("sync", "fleet", "--json", "--server", coordinator.target())
                      .out()
                      .lines()
                      .reduce("", (first, last) -> last))
              .get("receipt")
              .get("target")
              .asText();
      String otherHash = position.substring(0, position.length() - 32) + "f".repeat(32);
      String beyondHead = position.replace("main:1@", "main:7@");

      // when
      for (int i = 0; i < FORGERIES; i++) {
        CommandRun.of("sync", "fleet", "--from", otherHash, "--server", coordinator.target());
        CommandRun.of("sync", "fleet", "--from", beyondHead, "--server", coordinator.target());
      }

      // then
      assertThat(lines(coordinator, "an agent presents operation 7"))
          .hasSize(RepetitionLimit.MAX_LINES);
      assertThat(lines(coordinator, "is given a snapshot")).hasSize(RepetitionLimit.MAX_LINES);
    }
  }

  private static List<JsonNode> lines(Coordinator coordinator, String words) throws Exception {
    return lines(coordinator).stream()
        .filter(line -> line.get("message").asText().contains(words))
        .toList();
  }

  private static List<JsonNode> lines(Coordinator coordinator) throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : coordinator.log().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
