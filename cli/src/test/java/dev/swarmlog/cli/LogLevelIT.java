package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.otel.testing.OtlpReceiver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of a coordinator in a process of its own, and how much of it there is. */
class LogLevelIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private static Path folder;
  private static OtlpReceiver collector;
  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    collector = OtlpReceiver.start();
    coordinator =
        Coordinator.startWith(
            Map.of(
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                collector.endpoint(),
                "OTEL_BLRP_SCHEDULE_DELAY",
                "50"),
            Installation.built(),
            folder.resolve("data"));
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
    collector.close();
  }

  @Test
  void shouldShowAndChangeHowMuchIsLogged() {
    // when
    CommandRun before = run("log-level");
    CommandRun changed = run("log-level", "debug", "--logger", "dev.swarmlog.server.grpc");
    CommandRun inJson = run("log-level", "--json");
    CommandRun back = run("log-level", "inherit", "--logger", "dev.swarmlog.server.grpc");

    // then
    assertThat(before.out()).isEqualToIgnoringNewLines("info   all loggers");
    assertThat(changed.out())
        .isEqualToNormalizingNewlines("info   all loggers\ndebug  dev.swarmlog.server.grpc\n");
    assertThat(inJson.out())
        .contains("{\"logger\":\"dev.swarmlog.server.grpc\",\"level\":\"debug\"}");
    assertThat(back.out()).isEqualTo(before.out());
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(coordinator.log())
                    .contains(
                        "The log level of dev.swarmlog.server.grpc is debug now, as ",
                        "The log level of dev.swarmlog.server.grpc is that of the rest now, as "));
  }

  @Test
  void shouldSayWhichLevelsThereAre() {
    CommandRun wrong = CommandRun.of("log-level", "loud", "--server", coordinator.target());

    assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(wrong.err())
        .contains("Expected error, warn, info, debug, trace or inherit, but got 'loud'.");
  }

  @Test
  void shouldSendTheLogToACollector() throws Exception {
    // given
    CommandRun.of("publish", "yard", "hello", "--server", coordinator.target());
    try (RefusingAgent agent = new RefusingAgent(coordinator.target(), "yard", "a7")) {
      agent.awaitOperation(1);

      // when
      agent.park(1);

      // then
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(collector.logs())
                      .anySatisfy(
                          line -> {
                            assertThat(line.getBody().getStringValue())
                                .startsWith("Swarm yard: agent a7 could not apply");
                            assertThat(line.getSeverityText()).isEqualTo("WARN");
                            assertThat(line.getAttributesList())
                                .anySatisfy(
                                    attribute -> {
                                      assertThat(attribute.getKey()).isEqualTo("swarmlog.swarm");
                                      assertThat(attribute.getValue().getStringValue())
                                          .isEqualTo("yard");
                                    });
                          }));
    }
    assertThat(collector.traces().spans()).isEmpty();
    assertThat(collector.metrics()).isEmpty();
    assertThat(coordinator.log()).contains("\"swarm\":\"yard\"");
  }

  @Test
  void shouldSayWhatALevelIs() {
    assertThat(run("log-level", "loud").exitCode()).isEqualTo(ExitCode.USAGE.number());
    assertThat(run("log-level", "--logger", "dev").err()).contains("Expected a LEVEL");
    assertThat(run("log-level", "inherit").err()).contains("Expected --logger");
    CommandRun forged = run("log-level", "debug", "--logger", "a b");
    assertThat(forged.exitCode()).isEqualTo(ExitCode.REFUSED.number());
    assertThat(forged.err()).contains("Expected the name of a logger");
  }

  private static CommandRun run(String... command) {
    String[] args = Arrays.copyOf(command, command.length + 2);
    args[command.length] = "--server";
    args[command.length + 1] = coordinator.target();
    return CommandRun.of(args);
  }
}
