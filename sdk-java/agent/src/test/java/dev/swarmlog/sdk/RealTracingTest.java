package dev.swarmlog.sdk;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Traces through a coordinator on a real port, each client with an OpenTelemetry of its own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealTracingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final SwarmlogServerExtension server = SwarmlogServerExtension.onDisk();

  @Test
  void shouldFollowAnOperationFromItsPublisherIntoEachAgent() throws Exception {
    // given
    try (Recorded atPlanner = Recorded.byDefault();
        Recorded atFirst = Recorded.byDefault();
        Recorded atSecond = Recorded.byDefault();
        SwarmAgent first = agent("a1", atFirst);
        SwarmAgent second = agent("a2", atSecond);
        SwarmPublisher planner =
            SwarmPublisher.builder(server.target(), "s", "planner")
                .openTelemetry(atPlanner.sdk())
                .start()) {
      first.awaitCaughtUp(PATIENCE);
      second.awaitCaughtUp(PATIENCE);
      // when
      Span plan = atPlanner.tracer().spanBuilder("plan").startSpan();
      Position position;
      try (Scope ignored = plan.makeCurrent()) {
        position = get(planner.publish(event("1")));
      } finally {
        plan.end();
      }
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  Stream.of(atFirst, atSecond)
                      .allMatch(agent -> !agent.named("ack commands").isEmpty()));
      // then
      SpanData publish = atPlanner.only("publish commands");
      assertThat(publish.getParentSpanContext()).isEqualTo(plan.getSpanContext());
      assertThat(publish.getAttributes().get(longKey("swarmlog.operation.id")))
          .isEqualTo(position.getOpId());
      for (Recorded agent : List.of(atFirst, atSecond)) {
        SpanData apply = agent.only("apply commands");
        assertThat(apply.getTraceId()).isEqualTo(publish.getTraceId());
        assertThat(apply.getParentSpanId()).isEqualTo(publish.getSpanId());
        assertThat(apply.getAttributes().get(longKey("swarmlog.operation.id")))
            .isEqualTo(position.getOpId());
        assertThat(agent.only("ack commands").getParentSpanId()).isEqualTo(apply.getSpanId());
        assertThat(agent.only("work").getParentSpanId()).isEqualTo(apply.getSpanId());
      }
      assertThat(orphans(atPlanner, atFirst, atSecond)).isEmpty();
    }
  }

  @Test
  void shouldRecordTheSyncOfAnAgentThatComesLater() throws Exception {
    // given
    try (Recorded recorded = Recorded.byDefault();
        SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "p").start()) {
      get(planner.publish(event("1")));
      get(planner.publish(event("2")));
      // when
      try (SwarmAgent late = agent("late", recorded)) {
        late.awaitCaughtUp(PATIENCE);
      }
      // then
      SpanData sync = recorded.only("sync main");
      assertThat(sync.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(sync.getAttributes().get(stringKey("swarmlog.sync.plan")))
          .isIn("delta", "snapshot");
      assertThat(sync.getAttributes().get(longKey("swarmlog.sync.operations"))).isEqualTo(2);
      assertThat(recorded.named("apply commands")).isEmpty();
    }
  }

  @Test
  void shouldRecordNothingOfWhatThePublisherDidNotSample() throws Exception {
    // given
    List<String> applied = new CopyOnWriteArrayList<>();
    try (Recorded atPlanner = Recorded.with(Sampler.alwaysOff());
        Recorded atAgent = Recorded.byDefault();
        SwarmAgent agent =
            SwarmAgent.builder(server.target(), "s", "a")
                .on(Topic.TOPIC_COMMANDS, operation -> applied.add(operation.getTraceparent()))
                .openTelemetry(atAgent.sdk())
                .start();
        SwarmPublisher planner =
            SwarmPublisher.builder(server.target(), "s", "planner")
                .openTelemetry(atPlanner.sdk())
                .start()) {
      agent.awaitCaughtUp(PATIENCE);
      // when
      get(planner.publish(event("1")));
      await().atMost(PATIENCE).until(() -> applied.size() == 1);
      Position second = get(planner.publish(event("2")));
      await().atMost(PATIENCE).until(() -> agent.positions().containsValue(second));
      // then
      assertThat(applied).allMatch(traceparent -> traceparent.matches("00-.*-0[02]"));
      assertThat(atAgent.named("apply commands")).isEmpty();
      assertThat(atPlanner.spans()).isEmpty();
    }
  }

  private static List<SpanData> orphans(Recorded... all) {
    Set<String> known = new HashSet<>();
    Stream.of(all)
        .flatMap(one -> one.spans().stream())
        .map(SpanData::getSpanId)
        .forEach(known::add);
    return Stream.of(all)
        .flatMap(one -> one.spans().stream())
        .filter(span -> span.getParentSpanContext().isValid())
        .filter(span -> !known.contains(span.getParentSpanId()))
        .toList();
  }

  private SwarmAgent agent(String name, Recorded recorded) {
    return SwarmAgent.builder(server.target(), "s", name)
        .on(
            Topic.TOPIC_COMMANDS,
            operation -> recorded.tracer().spanBuilder("work").startSpan().end())
        .openTelemetry(recorded.sdk())
        .start();
  }

  private static Publication event(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Work", text));
  }

  private static Position get(CompletableFuture<Position> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }
}
