package dev.swarmlog.otel.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.swarmlog.otel.Attribute;
import dev.swarmlog.otel.Meters;
import dev.swarmlog.otel.Metric;
import dev.swarmlog.otel.OperationMeter;
import dev.swarmlog.otel.SwarmLabels;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a Prometheus that asks is told. */
class PrometheusTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String SPAN = "b7ad6b7169203331";

  private HttpServer server;

  @BeforeEach
  void serve() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void shouldLabelASeriesByWhatItsMetricDeclares() throws Exception {
    try (Export export = open(Map.of())) {
      // given
      DoubleHistogram lag = Meters.of(export.openTelemetry()).seconds(Metric.LAG);

      // when
      for (int agent = 0; agent < 10_000; agent++) {
        lag.record(0.003, lagOf("fleet", "a" + agent));
      }

      // then
      String page = page(export);
      assertThat(page.lines().filter(line -> line.startsWith("swarmlog_lag_seconds_count")))
          .containsExactly(
              "swarmlog_lag_seconds_count{swarmlog_stage=\"ack\",swarmlog_swarm=\"fleet\",swarmlog_topic=\"commands\"} 10000");
      assertThat(page)
          .contains("# TYPE swarmlog_lag_seconds histogram", "le=\"0.0025\"", "le=\"60.0\"")
          .doesNotContain("swarmlog_agent", "otel_scope")
          .contains("target_info{", "service_name=\"swarmlog\"", "jvm_memory_used_bytes{");
    }
  }

  @Test
  void shouldNameAgentAndTraceInExemplarsOfSampledOperations() throws Exception {
    try (Export export = open(Map.of())) {
      // given
      DoubleHistogram lag = Meters.of(export.openTelemetry()).seconds(Metric.LAG);

      // when one is sampled, and one is not
      lag.record(0.003, lagOf("fleet", "a7"), context(TraceFlags.getSampled()));
      lag.record(0.3, lagOf("fleet", "a8"), context(TraceFlags.getDefault()));

      // then
      String page = page(export);
      assertThat(page)
          .contains("span_id=\"" + SPAN + "\"", "trace_id=\"" + TRACE + "\"")
          .contains("swarmlog_agent=\"a7\"")
          .doesNotContain("\"a8\"");
      assertThat(page.lines().filter(line -> line.contains("\"a7\"")))
          .allMatch(line -> line.indexOf("swarmlog_agent") > line.indexOf(" # {"));
    }
  }

  @Test
  void shouldTellOfDriftBeforeThereIsAny() throws Exception {
    try (Export export = open(Map.of())) {
      // given
      OperationMeter operations =
          new OperationMeter(Meters.of(export.openTelemetry()), new SwarmLabels(1));

      // when something happens in a swarm
      operations.of("fleet").appended(Topic.TOPIC_COMMANDS, 1);

      // then: the first that is found will be an increase
      assertThat(page(export))
          .contains("swarmlog_drift_incidents_total{swarmlog_swarm=\"fleet\"} 0.0");
    }
  }

  @Test
  void shouldServeThePageWhateverAnAgentIsCalled() throws Exception {
    try (Export export = open(Map.of())) {
      // given a name that is longer than what OpenMetrics allows an exemplar
      Meters.of(export.openTelemetry())
          .seconds(Metric.LAG)
          .record(0.003, lagOf("fleet", "a".repeat(128)), context(TraceFlags.getSampled()));

      // then
      assertThat(page(export)).contains("swarmlog_lag_seconds_count{", "# EOF");
    }
  }

  @Test
  void shouldHaveRoomForAllTheSwarmsThatAreNamed() throws Exception {
    try (Export export = open(Map.of())) {
      // given
      DoubleHistogram lag = Meters.of(export.openTelemetry()).seconds(Metric.LAG);

      // when
      for (int swarm = 0; swarm <= 100; swarm++) {
        for (int topic = 0; topic < 5; topic++) {
          for (int stage = 0; stage < 4; stage++) {
            lag.record(
                0.003,
                Attributes.of(
                    Attribute.SWARM, "s" + swarm,
                    Attribute.TOPIC, "t" + topic,
                    Attribute.STAGE, "u" + stage));
          }
        }
      }

      // then
      String page = page(export);
      assertThat(page.lines().filter(line -> line.startsWith("swarmlog_lag_seconds_count")))
          .hasSize(2_020);
      assertThat(page).doesNotContain("otel_metric_overflow");
    }
  }

  @Test
  void shouldServeThePortOfTheStandardVariableAsWell() throws Exception {
    // given
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Map<String, String> environment =
        Map.of(
            "OTEL_METRICS_EXPORTER",
            "prometheus",
            "OTEL_EXPORTER_PROMETHEUS_PORT",
            Integer.toString(port));

    // when
    try (Export export = open(environment)) {
      Meters.of(export.openTelemetry()).seconds(Metric.LAG).record(1, lagOf("fleet", "a1"));

      // then
      assertThat(get("http://127.0.0.1:" + port + "/metrics")).contains("swarmlog_lag_seconds_sum");
      assertThat(page(export)).contains("swarmlog_lag_seconds_sum");

      // and another one is told that it is taken
      assertThatThrownBy(() -> open(environment))
          .isInstanceOf(ExportException.class)
          .hasMessageContaining("in use");
    }
  }

  private static Attributes lagOf(String swarm, String agent) {
    return Attributes.of(
        Attribute.SWARM,
        swarm,
        Attribute.TOPIC,
        "commands",
        Attribute.STAGE,
        "ack",
        Attribute.AGENT,
        agent);
  }

  private static Context context(TraceFlags flags) {
    return Context.root()
        .with(
            Span.wrap(
                SpanContext.createFromRemoteParent(TRACE, SPAN, flags, TraceState.getDefault())));
  }

  private String page(Export export) throws Exception {
    server.createContext("/metrics", export.prometheus().orElseThrow());
    try {
      return get("http://127.0.0.1:" + server.getAddress().getPort() + "/metrics");
    } finally {
      server.removeContext("/metrics");
    }
  }

  private static String get(String address) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address))
                    .header("Accept", "application/openmetrics-text; version=1.0.0")
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  private static Export open(Map<String, String> environment) throws ExportException {
    return Export.open(new ExportOptions(environment, "1.2.3", true, Optional.empty()));
  }
}
