package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.ScriptedCoordinator.main;
import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.PublishRefusal;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.Status;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a publisher records with the application's OpenTelemetry. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PublishTracingTest {
  private final Recorded recorded = Recorded.byDefault();
  private ScriptedCoordinator coordinator;
  private SwarmConnection connection;
  private SwarmPublisher publisher;

  @BeforeEach
  void start() throws IOException {
    coordinator = new ScriptedCoordinator();
    connection = coordinator.connection();
    publisher = publisher(recorded);
  }

  @AfterEach
  void stop() {
    publisher.close(Duration.ZERO);
    connection.close();
    coordinator.close();
    recorded.close();
  }

  @Test
  void shouldRecordAPublicationFromTheCallToItsAnswer() throws Exception {
    // given
    Span caller = recorded.tracer().spanBuilder("plan").startSpan();
    CompletableFuture<?> published;
    try (Scope ignored = caller.makeCurrent()) {
      published = publisher.publish(event("1"));
    }
    ScriptedCoordinator.Producer producer = welcomed();
    PublishRecord record = producer.frame().getGroup().getRecords(0);
    // when
    producer.stream.onNext(ack(1, 42, 42, false));
    get(published);
    // then
    SpanData span = recorded.only("publish commands");
    assertThat(span.getKind()).isEqualTo(SpanKind.PRODUCER);
    assertThat(span.getParentSpanContext()).isEqualTo(caller.getSpanContext());
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    assertThat(record.getTraceparent()).isEqualTo(Recorded.traceparent(span.getSpanContext()));
    assertThat(span.getAttributes().asMap())
        .isEqualTo(
            Attributes.builder()
                .put("messaging.system", "swarmlog")
                .put("messaging.operation.name", "publish")
                .put("messaging.operation.type", "send")
                .put("messaging.destination.name", "s/commands")
                .put("messaging.destination.template", "{swarm}/commands")
                .put("messaging.client.id", "planner")
                .put("messaging.message.id", "42")
                .put("swarmlog.swarm", "s")
                .put("swarmlog.topic", "commands")
                .put("swarmlog.log", "main")
                .put("swarmlog.operation.id", 42)
                .build()
                .asMap());
    assertThat(span.getInstrumentationScopeInfo().getName()).isEqualTo("dev.swarmlog.sdk");
  }

  @Test
  void shouldRecordAGroupAsOneSpanThatAllItsOperationsCarry() throws Exception {
    // given
    CompletableFuture<?> published = publisher.publishGroup(List.of(event("1"), event("2")));
    ScriptedCoordinator.Producer producer = welcomed();
    List<PublishRecord> records = producer.frame().getGroup().getRecordsList();
    // when
    producer.stream.onNext(ack(1, 7, 8, true));
    get(published);
    // then
    SpanData span = recorded.only("publish commands");
    assertThat(recorded.spans()).hasSize(1);
    assertThat(records)
        .extracting(PublishRecord::getTraceparent)
        .containsOnly(Recorded.traceparent(span.getSpanContext()));
    assertThat(span.getParentSpanContext().isValid()).isFalse();
    assertThat(span.getAttributes().get(longKey("messaging.batch.message_count"))).isEqualTo(2);
    assertThat(span.getAttributes().get(longKey("swarmlog.operation.id"))).isEqualTo(7);
    assertThat(span.getAttributes().get(longKey("swarmlog.operation.last_id"))).isEqualTo(8);
    assertThat(span.getAttributes().get(booleanKey("swarmlog.publish.duplicate"))).isTrue();
    assertThat(span.getAttributes().get(stringKey("messaging.message.id"))).isNull();
  }

  @Test
  void shouldCallAGroupOfSeveralTopicsByItsLog() throws Exception {
    // given
    CompletableFuture<?> published =
        publisher.publishGroup(List.of(event("1"), event(Topic.TOPIC_ALERTS, "2")));
    ScriptedCoordinator.Producer producer = welcomed();
    producer.frame();
    // when
    producer.stream.onNext(ack(1, 7, 8, false));
    get(published);
    // then
    SpanData span = recorded.only("publish main");
    assertThat(span.getAttributes().get(stringKey("messaging.destination.name")))
        .isEqualTo("s/main");
    assertThat(span.getAttributes().get(stringKey("swarmlog.topic"))).isNull();
  }

  @Test
  void shouldBeAChildOfTheTraceThatARecordBringsAndLeaveThatAsItIs() throws Exception {
    // given
    SpanContext first = Recorded.elsewhere("00f067aa0ba902b7", true);
    SpanContext second = Recorded.elsewhere("00f067aa0ba902b8", true);
    CompletableFuture<?> published =
        publisher.publishGroup(List.of(event("1"), bringing(first), bringing(second)));
    ScriptedCoordinator.Producer producer = welcomed();
    List<PublishRecord> records = producer.frame().getGroup().getRecordsList();
    // when
    producer.stream.onNext(ack(1, 7, 9, false));
    get(published);
    // then
    SpanData span = recorded.only("publish commands");
    assertThat(span.getParentSpanContext()).isEqualTo(first);
    assertThat(span.getLinks()).extracting(LinkData::getSpanContext).containsExactly(second);
    assertThat(records)
        .extracting(PublishRecord::getTraceparent)
        .containsExactly(
            Recorded.traceparent(span.getSpanContext()),
            Recorded.traceparent(first),
            Recorded.traceparent(second));
    assertThat(records).extracting(PublishRecord::getTracestate).containsOnly("vendor=x");
  }

  @Test
  void shouldRecordAPublicationThatIsSentAgainAsOneSpanWithAnEventPerAttempt() throws Exception {
    // given
    CompletableFuture<?> published = publisher.publish(event("1"));
    ScriptedCoordinator.Producer broken = welcomed();
    PublishRecord before = broken.frame().getGroup().getRecords(0);
    broken.stream.onError(Status.UNAVAILABLE.asRuntimeException());
    // when
    ScriptedCoordinator.Producer producer = welcomed();
    PublishRecord after = producer.frame().getGroup().getRecords(0);
    producer.stream.onNext(ack(1, 1, 1, false));
    get(published);
    // then
    SpanData span = recorded.only("publish commands");
    assertThat(recorded.spans()).hasSize(1);
    assertThat(span.getEvents())
        .extracting(EventData::getName)
        .containsExactly("attempt", "attempt");
    assertThat(span.getEvents())
        .extracting(event -> event.getAttributes().get(longKey("swarmlog.attempt")))
        .containsExactly(1L, 2L);
    assertThat(after).isEqualTo(before);
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void shouldSayWhyAPublicationWasRefused() throws Exception {
    // given
    CompletableFuture<?> published = publisher.publish(event("1"));
    ScriptedCoordinator.Producer producer = welcomed();
    producer.frame();
    // when
    producer.stream.onNext(
        PublishStreamResponse.newBuilder()
            .setRefusal(
                PublishRefusal.newBuilder()
                    .setNumber(1)
                    .setStatus(Statuses.status("PAYLOAD_TOO_LARGE")))
            .build());
    // then
    assertThatThrownBy(() -> get(published)).hasCauseInstanceOf(TerminalException.class);
    SpanData span = recorded.only("publish commands");
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(span.getStatus().getDescription()).startsWith("PAYLOAD_TOO_LARGE");
    assertThat(span.getAttributes().get(stringKey("error.type"))).isEqualTo("PAYLOAD_TOO_LARGE");
    assertThat(span.getAttributes().get(booleanKey("swarmlog.publish.outcome_unknown"))).isNull();
  }

  @Test
  void shouldSayThatAnOutcomeIsUnknownAndThatTheQueueWasFull() throws Exception {
    // given
    SwarmPublisher small =
        SwarmPublisher.builder(connection, "s", "planner")
            .maxQueued(1, 1 << 20)
            .openTelemetry(recorded.sdk())
            .start();
    CompletableFuture<?> sent = small.publish(event("1"));
    welcomed().frame();
    // when
    CompletableFuture<?> beyond = small.publish(event("2"));
    assertThatThrownBy(() -> get(beyond)).hasCauseInstanceOf(QueueFullException.class);
    small.close(Duration.ZERO);
    assertThatThrownBy(() -> get(sent)).hasCauseInstanceOf(OutcomeUnknownException.class);
    // then
    assertThat(recorded.named("publish commands"))
        .satisfiesExactly(
            full ->
                assertThat(full.getAttributes().get(stringKey("error.type")))
                    .isEqualTo("RESOURCE_EXHAUSTED"),
            unknown -> {
              assertThat(unknown.getAttributes().get(stringKey("error.type")))
                  .isEqualTo("CANCELLED");
              assertThat(
                      unknown.getAttributes().get(booleanKey("swarmlog.publish.outcome_unknown")))
                  .isTrue();
              assertThat(unknown.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
            });
  }

  @Test
  void shouldTellInTheRecordThatItsTraceIsNotSampled() throws Exception {
    // given
    try (Recorded none = Recorded.with(Sampler.alwaysOff());
        SwarmPublisher unsampled = publisher(none)) {
      // when
      CompletableFuture<?> published = unsampled.publish(event("1"));
      ScriptedCoordinator.Producer producer = welcomed();
      PublishRecord record = producer.frame().getGroup().getRecords(0);
      producer.stream.onNext(ack(1, 1, 1, false));
      get(published);
      // then
      assertThat(record.getTraceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]");
      assertThat(none.spans()).isEmpty();
    }
  }

  @Test
  void shouldCountAndTimePublicationsWithoutNamingSwarmOrPublisher() throws Exception {
    // given
    CompletableFuture<?> published = publisher.publishGroup(List.of(event("1"), event("2")));
    ScriptedCoordinator.Producer producer = welcomed();
    producer.frame();
    // when
    producer.stream.onNext(ack(1, 7, 8, false));
    get(published);
    // then
    Attributes expected =
        Attributes.builder()
            .put("messaging.system", "swarmlog")
            .put("messaging.operation.name", "publish")
            .put("messaging.destination.template", "{swarm}/commands")
            .build();
    Collection<MetricData> metrics = recorded.metrics();
    MetricData sent = metric(metrics, "messaging.client.sent.messages");
    assertThat(sent.getUnit()).isEqualTo("{message}");
    assertThat(sent.getLongSumData().getPoints())
        .singleElement()
        .satisfies(point -> assertThat(point.getValue()).isEqualTo(2))
        .satisfies(point -> assertThat(point.getAttributes()).isEqualTo(expected));
    MetricData duration = metric(metrics, "messaging.client.operation.duration");
    assertThat(duration.getUnit()).isEqualTo("s");
    assertThat(duration.getHistogramData().getPoints())
        .singleElement()
        .satisfies(point -> assertThat(point.getCount()).isEqualTo(1))
        .satisfies(point -> assertThat(point.getAttributes()).isEqualTo(expected))
        .satisfies(
            point ->
                assertThat(point.getExemplars())
                    .extracting(exemplar -> exemplar.getSpanContext().getSpanId())
                    .containsExactly(recorded.only("publish commands").getSpanId()));
  }

  @Test
  void shouldTakeTheGlobalOneIfItIsSetAndNotSetItUpOtherwise() throws Exception {
    GlobalOpenTelemetry.resetForTest();
    try {
      // given
      SwarmPublisher.builder(connection, "s", "p").start().close(Duration.ZERO);
      assertThat(GlobalOpenTelemetry.isSet()).isFalse();
      GlobalOpenTelemetry.set(recorded.sdk());
      try (SwarmPublisher byDefault = SwarmPublisher.builder(connection, "s", "p").start()) {
        // when
        CompletableFuture<?> published = byDefault.publish(event("1"));
        ScriptedCoordinator.Producer producer = welcomed();
        producer.frame();
        producer.stream.onNext(ack(1, 1, 1, false));
        get(published);
      }
      // then
      assertThat(recorded.only("publish commands").getAttributes().get(stringKey("swarmlog.swarm")))
          .isEqualTo("s");
    } finally {
      GlobalOpenTelemetry.resetForTest();
    }
  }

  private static MetricData metric(Collection<MetricData> metrics, String name) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private SwarmPublisher publisher(Recorded into) {
    return SwarmPublisher.builder(connection, "s", "planner").openTelemetry(into.sdk()).start();
  }

  private ScriptedCoordinator.Producer welcomed() throws InterruptedException {
    ScriptedCoordinator.Producer producer = coordinator.producer();
    assertThat(producer.frame().hasHello()).isTrue();
    producer.stream.onNext(
        PublishStreamResponse.newBuilder()
            .setWelcome(
                ProducerWelcome.newBuilder()
                    .setProducerEpoch(1)
                    .setNextNumber(1)
                    .setMaxInFlightGroups(10))
            .build());
    return producer;
  }

  private static PublishStreamResponse ack(
      long number, long firstOpId, long lastOpId, boolean duplicate) {
    return PublishStreamResponse.newBuilder()
        .setAck(
            PublishAck.newBuilder()
                .setNumber(number)
                .setFirstOpId(firstOpId)
                .setLast(main(lastOpId))
                .setDuplicate(duplicate))
        .build();
  }

  private static Publication bringing(SpanContext trace) {
    Publication event = event("brings its own");
    return new Publication(
        event.record().toBuilder()
            .setTraceparent(Recorded.traceparent(trace))
            .setTracestate("vendor=x")
            .build(),
        "");
  }

  private static Publication event(String text) {
    return event(Topic.TOPIC_COMMANDS, text);
  }

  private static Publication event(Topic topic, String text) {
    return Publication.event(topic, Targets.all(), Payloads.text("test.Work", text));
  }

  private static void get(CompletableFuture<?> future) throws Exception {
    future.get(20, TimeUnit.SECONDS);
  }
}
