package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.otel.testing.OtlpJson;
import dev.swarmlog.otel.testing.OtlpReceiver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a coordinator in a process of its own sends what it tells of itself. */
class ExportIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Installation installation = Installation.built();

  @TempDir private Path folder;

  @Test
  void shouldSendMetricsToACollector() throws Exception {
    try (OtlpReceiver collector = OtlpReceiver.start();
        Coordinator coordinator =
            Coordinator.startWith(
                Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    collector.endpoint(),
                    "OTEL_METRIC_EXPORT_INTERVAL",
                    "100"),
                installation,
                folder.resolve("data"))) {
      // when
      installation.run("publish", "fleet", "hello", "--server", coordinator.target());

      // then
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(collector.metrics())
                      .extracting(metric -> metric.getName())
                      .contains("swarmlog.commit.duration", "jvm.memory.used"));
      assertThat(collector.resourceAttributes()).contains("service.name=swarmlog");
      assertThat(coordinator.log()).contains("Exporting metrics to " + collector.endpoint());
    }
  }

  @Test
  void shouldServeAndStopWithoutItsCollector() throws Exception {
    // given
    Coordinator coordinator =
        Coordinator.startWith(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:1",
                "OTEL_METRIC_EXPORT_INTERVAL", "50",
                "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED", "true"),
            installation,
            folder.resolve("data"));

    // when
    await().atMost(PATIENCE).until(() -> coordinator.log().contains("should be exported"));
    CommandRun run =
        installation.run("publish", "fleet", "hello", "--server", coordinator.target());
    coordinator.signal("TERM");

    // then
    assertThat(run.exitCode()).isZero();
    assertThat(coordinator.awaitExitCode()).isZero();
    assertThat(coordinator.log().lines().filter(line -> line.contains("Metrics should be")))
        .hasSize(1);
    assertThat(coordinator.log())
        .contains("Failed to connect")
        .doesNotContain("stackTrace", "io.opentelemetry");
  }

  @Test
  void shouldNameEveryVariableThatIsWrong() throws Exception {
    // when
    CommandRun run =
        installation.run(
            Map.of(
                "OTEL_TRACES_SAMPLER", "sometimes",
                "OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
            "",
            "serve",
            "--port",
            "0",
            "--data-directory",
            folder.resolve("data").toString());

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID_CONFIGURATION.number());
    assertThat(run.err())
        .contains(
            "Expected OTEL_TRACES_SAMPLER to be one of",
            "but got \"sometimes\"",
            "Expected OTEL_EXPORTER_OTLP_ENDPOINT to be an address such as http://localhost:4317",
            "docs/observability.md")
        .doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void shouldWriteATraceFileThatIsWhole() throws Exception {
    // given
    Path file = folder.resolve("traces.jsonl");
    Coordinator coordinator =
        Coordinator.start(installation, folder.resolve("data"), "--trace-file", file.toString());

    // when
    installation.run("publish", "fleet", "hello", "--server", coordinator.target());
    coordinator.signal("TERM");

    // then
    assertThat(coordinator.awaitExitCode()).isZero();
    assertThat(Files.exists(file)).isTrue();
    OtlpJson.read(file).expectSoundIds();
  }

  @Test
  void shouldRefuseATraceFileWithoutAFolder() throws Exception {
    // when
    CommandRun run =
        installation.run(
            "serve",
            "--port",
            "0",
            "--data-directory",
            folder.resolve("data").toString(),
            "--trace-file",
            folder.resolve("missing/traces.jsonl").toString());

    // then
    assertThat(run.exitCode()).isEqualTo(ExitCode.INVALID_CONFIGURATION.number());
    assertThat(run.err())
        .contains("Expected the folder of the trace file to be there", "create it")
        .doesNotContain("\tat ");
  }
}
