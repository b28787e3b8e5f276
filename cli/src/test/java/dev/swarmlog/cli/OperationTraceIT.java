package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import dev.swarmlog.otel.export.Export;
import dev.swarmlog.otel.export.ExportOptions;
import dev.swarmlog.otel.testing.OtlpReceiver;
import dev.swarmlog.otel.testing.ReceivedSpan;
import dev.swarmlog.otel.testing.Traces;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One trace of one operation through four processes: publisher, coordinator and two agents, each
 * with an OpenTelemetry of its own.
 */
class OperationTraceIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Installation installation = Installation.built();
  private final List<Process> agents = new ArrayList<>();

  @TempDir private Path folder;

  @AfterEach
  void endAgents() {
    agents.forEach(Process::destroyForcibly);
  }

  @Test
  void shouldTraceAnOperationThroughAllProcesses() throws Exception {
    try (OtlpReceiver collector = OtlpReceiver.start();
        Coordinator coordinator =
            Coordinator.startWith(
                variables(collector, "coordinator"), installation, folder.resolve("data"))) {
      // given
      installation.run("swarms", "create", "fleet", "--server", coordinator.target());
      startAgent(collector, coordinator, "ant");
      startAgent(collector, coordinator, "bee");

      // when
      try (Export export =
              Export.open(
                  new ExportOptions(
                      variables(collector, "planner"), "test", false, Optional.empty()));
          SwarmPublisher publisher =
              SwarmPublisher.builder(coordinator.target(), "fleet", "planner")
                  .openTelemetry(export.openTelemetry())
                  .start()) {
        publisher
            .publish(
                Publication.event(
                    Topic.TOPIC_COMMANDS, Targets.all(), StringValue.of("inspect rack 7")))
            .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }

      // then
      await().atMost(PATIENCE).until(() -> ofThePublish(collector).spans().size() == 7);
      Traces trace = ofThePublish(collector).expectTrees();
      ReceivedSpan publish = trace.named("publish commands").single();
      assertThat(publish.kind()).isEqualTo(SpanKind.SPAN_KIND_PRODUCER);
      assertThat(trace.childrenOf(publish))
          .extracting(ReceivedSpan::name)
          .containsExactlyInAnyOrder(
              "append commands", "deliver commands", "apply commands", "apply commands");
      assertThat(trace.named("append commands").single().kind())
          .isEqualTo(SpanKind.SPAN_KIND_SERVER);
      assertThat(trace.named("deliver commands").single().attributes())
          .containsEntry("swarmlog.deliver.agents", "2")
          .containsEntry("swarmlog.deliver.agents_traced", "2")
          .containsEntry("swarmlog.ack.count", "2");
      assertThat(trace.named("apply commands").spans())
          .allSatisfy(
              apply -> {
                assertThat(apply.kind()).isEqualTo(SpanKind.SPAN_KIND_CONSUMER);
                assertThat(trace.childrenOf(apply))
                    .extracting(ReceivedSpan::name)
                    .containsExactly("ack commands");
              })
          .extracting(ReceivedSpan::service)
          .containsExactlyInAnyOrder("ant", "bee");
      assertThat(trace.spans())
          .extracting(ReceivedSpan::service)
          .containsOnly("planner", "coordinator", "ant", "bee");

      // and its group commit is a trace of its own, linked both ways
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                ReceivedSpan append = trace.named("append commands").single();
                List<String> commits = append.links();
                assertThat(commits).hasSize(1);
                assertThat(collector.traces().named("commit").spans())
                    .filteredOn(commit -> commit.id().equals(commits.get(0)))
                    .singleElement()
                    .satisfies(
                        commit -> {
                          assertThat(commit.isRoot()).isTrue();
                          assertThat(commit.links()).contains(append.id());
                        });
              });
    }
  }

  private static Traces ofThePublish(OtlpReceiver collector) {
    Traces all = collector.traces();
    return all.named("publish commands").spans().stream()
        .findFirst()
        .map(publish -> all.trace(publish.traceId()))
        .orElse(all.where(span -> false));
  }

  private void startAgent(OtlpReceiver collector, Coordinator coordinator, String name)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                TracedAgent.class.getName(),
                coordinator.target(),
                "fleet",
                name)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(variables(collector, name));
    Process process = builder.start();
    agents.add(process);
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    assertThat(said.readLine()).isEqualTo("live");
  }

  private static Map<String, String> variables(OtlpReceiver collector, String service) {
    return Map.of(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        collector.endpoint(),
        "OTEL_SERVICE_NAME",
        service,
        "OTEL_BSP_SCHEDULE_DELAY",
        "100");
  }
}
