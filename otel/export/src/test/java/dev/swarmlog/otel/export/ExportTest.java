package dev.swarmlog.otel.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Meters;
import dev.swarmlog.otel.Metric;
import dev.swarmlog.otel.testing.OtlpReceiver;
import dev.swarmlog.otel.testing.OtlpReceiver.Signal;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void shouldSendNothingAnywhereUnlessAsked() throws Exception {
    try (Export export = open(Map.of(), false)) {
      assertThat(export.openTelemetry()).isSameAs(OpenTelemetry.noop());
      assertThat(export.prometheus()).isEmpty();
      assertThat(export.logs()).isFalse();
      assertThat(export.destinations()).isEmpty();
    }
  }

  @Test
  void shouldMakeNoSpansForMetricsAlone() throws Exception {
    try (Export export = open(Map.of(), true)) {
      Span span = export.openTelemetry().getTracer("t").spanBuilder("s").startSpan();

      assertThat(span.isRecording()).isFalse();
      assertThat(span.getSpanContext().isValid()).isFalse();
      assertThat(Meters.of(export.openTelemetry()).enabled()).isTrue();
      assertThat(export.prometheus()).isPresent();
    }
  }

  @Test
  void shouldSendEverythingToTheEndpointThatIsNamed() throws Exception {
    // given
    try (OtlpReceiver collector = OtlpReceiver.start()) {
      Export export =
          open(
              Map.of(
                  "OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint(),
                  "OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=yard",
                  "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
              false);
      assertThat(export.destinations())
          .containsExactly(
              "traces to " + collector.endpoint(),
              "metrics to " + collector.endpoint(),
              "logs to " + collector.endpoint());

      // when
      tellEverything(export.openTelemetry());
      export.close();

      // then
      assertThat(collector.traces().expectTrees().single().name()).isEqualTo("publish fleet");
      assertThat(collector.metrics()).anyMatch(metric -> metric.getName().equals("swarmlog.lag"));
      assertThat(collector.metrics())
          .anyMatch(metric -> metric.getName().equals("jvm.memory.used"));
      assertThat(collector.logs()).anyMatch(line -> line.getBody().getStringValue().equals("said"));
      assertThat(collector.header("x-tenant")).isNotEmpty().containsOnly("yard");
      assertThat(collector.resourceAttributes())
          .contains(
              "service.name=swarmlog", "service.version=1.2.3", "deployment.environment.name=test")
          .anyMatch(attribute -> attribute.matches("service\\.instance\\.id=.{36}"));
    }
  }

  @Test
  void shouldTakeTheNameThatIsGiven() throws Exception {
    for (Map<String, String> named :
        List.of(
            Map.of("OTEL_SERVICE_NAME", "yard"),
            Map.of("OTEL_RESOURCE_ATTRIBUTES", "service.name=yard"))) {
      try (OtlpReceiver collector = OtlpReceiver.start()) {
        Map<String, String> environment = new HashMap<>(named);
        environment.put("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.endpoint());
        Export export = open(environment, false);

        tellEverything(export.openTelemetry());
        export.close();

        assertThat(collector.traces().single().service()).isEqualTo("yard");
      }
    }
  }

  @Test
  void shouldSendOnlyTheSignalThatIsAskedFor() throws Exception {
    try (OtlpReceiver collector = OtlpReceiver.start()) {
      // given
      Export export =
          open(Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.endpoint()), false);

      // when
      tellEverything(export.openTelemetry());
      export.close();

      // then
      assertThat(collector.traces().spans()).hasSize(1);
      assertThat(collector.metrics()).isEmpty();
      assertThat(collector.logs()).isEmpty();
      assertThat(export.logs()).isFalse();
    }
  }

  @Test
  void shouldSampleAsItIsTold() throws Exception {
    try (OtlpReceiver collector = OtlpReceiver.start()) {
      // given
      Export export =
          open(
              Map.of(
                  "OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint(),
                  "OTEL_TRACES_SAMPLER", "traceidratio",
                  "OTEL_TRACES_SAMPLER_ARG", "0.1",
                  "OTEL_METRICS_EXPORTER", "none"),
              false);

      // when
      for (int i = 0; i < 1_000; i++) {
        export.openTelemetry().getTracer("t").spanBuilder("s").startSpan().end();
      }
      export.close();

      // then: six standard deviations
      assertThat(collector.traces().spans()).hasSizeBetween(43, 157);
    }
  }

  @Test
  void shouldBeSilentWhenTheSdkIsDisabled() throws Exception {
    Map<String, String> disabled =
        Map.of("OTEL_SDK_DISABLED", "true", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317");
    try (Export export = open(disabled, true)) {
      assertThat(export.openTelemetry()).isSameAs(OpenTelemetry.noop());
      assertThat(export.prometheus()).isEmpty();
    }
    ExportOptions withFile =
        new ExportOptions(disabled, "1", false, Optional.of(Path.of("traces.jsonl")));
    assertThatThrownBy(() -> Export.open(withFile))
        .isInstanceOf(ExportException.class)
        .hasMessageContaining("OTEL_SDK_DISABLED");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          OTEL_TRACES_SAMPLER            | sometimes      | one of always_off, always_on
          OTEL_TRACES_SAMPLER            | ALWAYS_ON      | one of always_off, always_on
          OTEL_TRACES_EXPORTER           | zipkin         | a list of none, otlp
          OTEL_METRICS_EXPORTER          | otlp,statsd    | a list of none, otlp, prometheus
          OTEL_LOGS_EXPORTER             | none,otlp      | none alone
          OTEL_EXPORTER_OTLP_ENDPOINT    | localhost:4317 | an address such as http://localhost:4317
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT | ftp://x    | an address such as http://localhost:4317
          OTEL_EXPORTER_OTLP_PROTOCOL    | carrier-pigeon | one of grpc, http/protobuf
          OTEL_PROPAGATORS               | b3             | a list of baggage, none, tracecontext
          OTEL_BSP_SCHEDULE_DELAY        | soon           | a number of milliseconds
          OTEL_EXPORTER_PROMETHEUS_PORT  | 70000          | a port from 0 to 65535
          OTEL_SDK_DISABLED              | maybe          | one of false, true
          """)
  void shouldRefuseAWrongValue(String name, String value, String expected) {
    assertThatThrownBy(() -> open(Map.of(name, value), false))
        .isInstanceOf(ExportException.class)
        .hasMessageStartingWith("Expected " + name + " to be " + expected)
        .hasMessageEndingWith("but got \"" + value + "\"");
  }

  @Test
  void shouldRefuseARatioThatIsNone() {
    assertThatThrownBy(
            () ->
                open(
                    Map.of(
                        "OTEL_TRACES_SAMPLER", "parentbased_traceidratio",
                        "OTEL_TRACES_SAMPLER_ARG", "10"),
                    false))
        .hasMessage("Expected OTEL_TRACES_SAMPLER_ARG to be a number from 0 to 1, but got \"10\"");
  }

  @Test
  void shouldSayThatAVariableIsMisspeltAndExportNothingForIt() throws Exception {
    try (LoggedLines log = LoggedLines.of(Export.class);
        Export export =
            open(Map.of("OTEL_EXPORTER_OTLP_TRACE_ENDPOINT", "http://localhost:4318"), false)) {
      assertThat(export.destinations()).isEmpty();
      assertThat(log.lines())
          .containsExactly(
              "WARN OTEL_EXPORTER_OTLP_TRACE_ENDPOINT is no variable of OpenTelemetry, and is not"
                  + " heeded; is it misspelt?");
    }
  }

  @Test
  void shouldNameTheAddressThatIsMeantWhereNoneIsGiven() throws Exception {
    try (Export export =
        open(
            Map.of(
                "OTEL_TRACES_EXPORTER", "otlp",
                "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"),
            false)) {
      assertThat(export.destinations())
          .containsExactly("traces to http://localhost:4317", "logs to http://localhost:4318");
    }
  }

  @Test
  void shouldSayThatThePortForAPrometheusIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = String.valueOf(taken.getLocalPort());
      assertThatThrownBy(
              () ->
                  open(
                      Map.of(
                          "OTEL_METRICS_EXPORTER",
                          "prometheus",
                          "OTEL_EXPORTER_PROMETHEUS_PORT",
                          port),
                      false))
          .isInstanceOf(ExportException.class)
          .hasMessageStartingWith(
              "Expected OTEL_EXPORTER_PROMETHEUS_PORT to be a port that is free, but at 127.0.0.1 "
                  + port);
    }
  }

  @Test
  void shouldRefuseWhatOnlyTheSdkUnderstandsToBeWrong() {
    assertThatThrownBy(
            () ->
                open(
                    Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317",
                        "OTEL_BSP_MAX_QUEUE_SIZE", "many"),
                    false))
        .isInstanceOf(ExportException.class)
        .hasMessageStartingWith(
            "Expected the OTEL_* variables to be what OpenTelemetry understands")
        .hasMessageContaining("many");
  }

  @Test
  void shouldSayOnceThatACollectorIsAbsentAndThatItIsBack() throws Exception {
    int port = freePort();
    try (LoggedLines log = LoggedLines.of(ExportWatch.class)) {
      // given
      Export export =
          open(
              Map.of(
                  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://localhost:" + port,
                  "OTEL_JAVA_EXPORTER_OTLP_RETRY_DISABLED", "true",
                  "OTEL_BSP_SCHEDULE_DELAY", "10"),
              false);

      // when it is absent for some exports
      for (int i = 0; i < 5; i++) {
        tellEverything(export.openTelemetry());
        await().atMost(PATIENCE).until(() -> !log.lines().isEmpty());
      }

      // then
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("WARN Traces should be exported to http://localhost:" + port + ", but ")
          .containsIgnoringCase("connect");

      // when it comes
      try (OtlpReceiver collector = OtlpReceiver.on(port)) {
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  tellEverything(export.openTelemetry());
                  return !collector.traces().spans().isEmpty();
                });

        // then
        await().atMost(PATIENCE).until(() -> log.lines().size() > 1);
        assertThat(log.lines().get(1))
            .matches("INFO Traces arrive again at http://localhost:\\d+; \\d+ were lost meanwhile");
        export.close();
      }
    }
  }

  @Test
  void shouldSayWhatACollectorDoesNotTake() throws Exception {
    try (OtlpReceiver jaeger = OtlpReceiver.of(Signal.TRACES);
        LoggedLines log = LoggedLines.of(ExportWatch.class)) {
      // given
      Export export = open(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", jaeger.endpoint()), false);

      // when
      tellEverything(export.openTelemetry());
      export.close();

      // then
      assertThat(jaeger.traces().spans()).hasSize(1);
      assertThat(log.lines())
          .hasSize(2)
          .allMatch(line -> line.contains("UNIMPLEMENTED") && line.contains("set to none"));
    }
  }

  @Test
  void shouldNeitherBlockNorHoldOnToWhatNobodyTakes() throws Exception {
    // given a collector that takes connections and says nothing
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Export export =
          open(
              Map.of(
                  "OTEL_EXPORTER_OTLP_ENDPOINT",
                  "http://localhost:" + silent.getLocalPort(),
                  "OTEL_BSP_SCHEDULE_DELAY",
                  "1"),
              false);

      // when
      long beganNs = System.nanoTime();
      for (int i = 0; i < 200_000; i++) {
        export.openTelemetry().getTracer("t").spanBuilder("s").startSpan().end();
      }
      long toldNs = System.nanoTime();
      export.close();
      long closedNs = System.nanoTime();

      // then
      assertThat(Duration.ofNanos(toldNs - beganNs)).isLessThan(Duration.ofSeconds(10));
      assertThat(Duration.ofNanos(closedNs - toldNs))
          .isLessThan(Export.MAX_TIME_TO_CLOSE.plusSeconds(2));
    }
  }

  private static void tellEverything(OpenTelemetry openTelemetry) {
    openTelemetry.getTracer("t").spanBuilder("publish fleet").startSpan().end();
    Meters.of(openTelemetry)
        .seconds(Metric.LAG)
        .record(0.001, Attributes.of(Attribute.SWARM, "fleet"));
    openTelemetry.getLogsBridge().get("t").logRecordBuilder().setBody("said").emit();
  }

  private static Export open(Map<String, String> environment, boolean prometheus)
      throws ExportException {
    return Export.open(new ExportOptions(environment, "1.2.3", prometheus, Optional.empty()));
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
