package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TailIT {

  private final Installation installation = Installation.built();

  @TempDir private Path folder;

  @Test
  void shouldGoOnWhereItWasWhenTheCoordinatorComesBack() throws Exception {
    // given
    Path data = folder.resolve("data");
    Path remarks = folder.resolve("remarks");
    Coordinator first = Coordinator.start(installation, data);
    int port = first.port();
    publish(first, "one");
    Process tail =
        installation
            .builder(Map.of(), "tail", "fleet", "--json", "--server", first.target())
            .redirectError(remarks.toFile())
            .start();
    try {
      BufferedReader shown = tail.inputReader();
      assertThat(payload(shown.readLine())).isEqualTo("one");

      // when
      first.kill();
      try (Coordinator second = Coordinator.startOn(installation, port, data)) {
        publish(second, "two");
        publish(second, "three");

        // then nothing twice, nothing left out
        assertThat(payload(shown.readLine())).isEqualTo("two");
        assertThat(payload(shown.readLine())).isEqualTo("three");
        assertThat(Files.readString(remarks)).contains("the coordinator went away");
      }
    } finally {
      tail.destroyForcibly();
    }
  }

  private static void publish(Coordinator coordinator, String payload) {
    CommandRun run = CommandRun.of("publish", "fleet", payload, "--server", coordinator.target());
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  private static String payload(String line) throws Exception {
    return new ObjectMapper().readTree(line).get("payload").asText();
  }
}
