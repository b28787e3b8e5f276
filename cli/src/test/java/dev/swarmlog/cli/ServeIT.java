package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServeIT {

  private final Installation installation = Installation.built();

  @TempDir private Path folder;

  @Test
  void shouldSayInJsonWhereItServesAndWithWhat() throws Exception {
    // when
    try (Coordinator coordinator = Coordinator.start(installation, folder.resolve("data"))) {
      // then
      JsonNode ready = coordinator.ready();
      assertThat(ready.get("ready").asBoolean()).isTrue();
      assertThat(ready.get("port").asInt()).isPositive();
      assertThat(ready.get("dataDirectory").asText()).endsWith("data");
      assertThat(ready.get("configuration"))
          .anySatisfy(
              value -> {
                assertThat(value.get("name").asText()).isEqualTo("port");
                assertThat(value.get("origin").asText()).isEqualTo("flag --port");
              });
    }
  }

  @Test
  void shouldTellAPersonWhereItServesAndHowToStopIt() throws Exception {
    // given
    Process process =
        installation
            .builder(
                Map.of("SWARMLOG_PORT", "0"),
                "serve",
                "--data-directory",
                folder.resolve("data").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();

    // when
    StringBuilder said = new StringBuilder();
    BufferedReader answers = process.inputReader();
    String line = answers.readLine();
    while (line != null) {
      said.append(line).append('\n');
      if (line.startsWith("Ready.")) {
        process.toHandle().destroy();
      }
      line = answers.readLine();
    }

    // then
    assertThat(said)
        .contains(
            "swarmlog ", "data       ", "listening  127.0.0.1:", "this machine only", "Ctrl-C")
        .containsPattern(
            "next       swarmlog publish fleet 'inspect rack 7' --server localhost:[0-9]+\n"
                + " +swarmlog tail fleet --server localhost:[0-9]+\n");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void shouldGoOnWhenNobodyReadsWhatItSays() throws Exception {
    // given
    Process process =
        installation
            .builder(
                Map.of("SWARMLOG_PORT", "0"),
                "serve",
                "--data-directory",
                folder.resolve("data").toString())
            .start();

    // when
    process.getInputStream().close();

    // then
    BufferedReader log = process.errorReader();
    String line = log.readLine();
    while (line != null && !line.contains("it serves all the same")) {
      assertThat(line).doesNotContain("stopping");
      line = log.readLine();
    }
    assertThat(line).isNotNull();
    assertThat(process.isAlive()).isTrue();
    process.toHandle().destroy();
    assertThat(log.lines()).anyMatch(last -> last.contains("stopped, everything acknowledged"));
    assertThat(process.waitFor()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void shouldDrainAndEndWithZeroWhenAskedToStop(String signal) throws Exception {
    // given
    Path data = folder.resolve("data");
    Coordinator coordinator = Coordinator.start(installation, data);
    installation.run("publish", "fleet", "hello", "--server", coordinator.target());

    // when
    coordinator.signal(signal);

    // then
    assertThat(coordinator.awaitExitCode()).isZero();
    assertThat(coordinator.log()).contains("stopped, everything acknowledged is stored");
    try (Coordinator again = Coordinator.start(installation, data)) {
      assertThat(installation.run("tail", "fleet", "--no-follow", "--server", again.target()).out())
          .contains("hello");
    }
  }

  @Test
  void shouldRefuseAPortInUse() throws Exception {
    try (Coordinator first = Coordinator.start(installation, folder.resolve("one"))) {
      // when
      CommandRun run =
          installation.run(
              "serve",
              "--port",
              Integer.toString(first.port()),
              "--data-directory",
              folder.resolve("two").toString());

      // then
      assertRefused(
          run,
          ExitCode.PORT_IN_USE,
          Integer.toString(first.port()),
          "With `swarmlog serve --port PORT`, the other commands need --server localhost:PORT.");
    }
  }

  @Test
  void shouldRefuseAConsolePortInUse() throws Exception {
    // given
    Path data = folder.resolve("data");
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(other.getLocalPort());

      // when
      CommandRun run = serve("--console-port", port, "--data-directory", data.toString());

      // then
      assertRefused(
          run,
          ExitCode.PORT_IN_USE,
          "console on port " + port,
          "another process listens there",
          "--console-port 0",
          "--console false");
    }
    try (Coordinator again = Coordinator.start(installation, data)) {
      assertThat(again.ready().get("ready").asBoolean()).isTrue();
    }
  }

  @Test
  void shouldShowTheConsoleElsewhereWhereItsUsualPortIsTaken() throws Exception {
    // given
    try (ServerSocket other = usualConsolePort();
        Coordinator coordinator = Coordinator.start(installation, folder.resolve("data"))) {
      // then
      String console = coordinator.ready().get("console").asText();
      assertThat(URI.create(console).getPort()).isPositive().isNotEqualTo(other.getLocalPort());
      assertThat(coordinator.log()).contains("another process listens there");
    }
  }

  private static ServerSocket usualConsolePort() throws IOException {
    try {
      return new ServerSocket(7480, 1, InetAddress.getLoopbackAddress());
    } catch (BindException e) {
      return abort("Something else has port 7480, and may give it back at any time");
    }
  }

  @Test
  void shouldRefuseADataDirectoryInUse() throws Exception {
    Path data = folder.resolve("data");
    try (Coordinator first = Coordinator.start(installation, data)) {
      // when
      CommandRun run = serve("--data-directory", data.toString());

      // then
      assertRefused(run, ExitCode.DATA_LOCKED, data.toString());
      assertThat(installation.run("status", "--server", first.target()).exitCode()).isZero();
    }
  }

  @Test
  void shouldRefuseADirectoryOfSomethingElse() throws Exception {
    // given
    Path data = Files.createDirectory(folder.resolve("photos"));
    Files.writeString(data.resolve("cat.jpg"), "not ours");

    // when
    CommandRun run = serve("--data-directory", data.toString());

    // then
    assertRefused(run, ExitCode.DATA_FOREIGN, data.toString());
    assertThat(data.resolve("cat.jpg")).hasContent("not ours");
    assertThat(data)
        .isDirectoryContaining("glob:**cat.jpg")
        .isDirectoryNotContaining("glob:**CURRENT");
  }

  @Test
  void shouldNameEveryBadConfigurationValue() throws Exception {
    // when
    CommandRun run =
        installation.run(
            Map.of("SWARMLOG_SHARDS", "many"),
            "",
            "serve",
            "--port",
            "70000",
            "--log-level",
            "loud");

    // then
    assertRefused(run, ExitCode.INVALID_CONFIGURATION, "70000", "loud", "many", "SWARMLOG_SHARDS");
  }

  @Test
  void shouldRefuseAPublicAddressWithoutTls() throws Exception {
    // when
    CommandRun run =
        serve("--address", "0.0.0.0", "--data-directory", folder.resolve("data").toString());

    // then
    assertRefused(run, ExitCode.INVALID_CONFIGURATION, "0.0.0.0", "insecure");
  }

  @Test
  void shouldReportAFailedStartInJson() throws Exception {
    // when
    CommandRun run = installation.run("serve", "--port", "70000", "--json");

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID_CONFIGURATION.number());
    JsonNode error = new ObjectMapper().readTree(run.err()).get("error");
    assertThat(error.get("kind").asText()).isEqualTo("INVALID_CONFIGURATION");
    assertThat(run.out()).isEmpty();
  }

  private CommandRun serve(String... flags) throws Exception {
    String[] arguments = new String[flags.length + 3];
    arguments[0] = "serve";
    arguments[1] = "--port";
    arguments[2] = "0";
    System.arraycopy(flags, 0, arguments, 3, flags.length);
    return installation.run(arguments);
  }

  private static void assertRefused(CommandRun run, ExitCode exitCode, String... words) {
    assertThat(run.exitCode()).as(run.err()).isEqualTo(exitCode.number());
    assertThat(run.err()).contains("swarmlog: ").contains(words).doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
  }
}
