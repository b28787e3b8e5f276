package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.ScriptedCoordinator.main;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishRefusal;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.Status;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An application's OpenTelemetry that throws keeps no operation from its way. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrokenTelemetryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  // What it says of what is wrong.
  private final ProgramLog log = new ProgramLog();
  private ScriptedCoordinator coordinator;
  private SwarmConnection connection;

  /** Where it throws. */
  enum Broken {
    AT_START,
    AT_END,
    IN_METRICS
  }

  @BeforeEach
  void start() throws IOException {
    coordinator = new ScriptedCoordinator();
    connection = coordinator.connection();
  }

  @AfterEach
  void stop() {
    connection.close();
    coordinator.close();
    log.close();
  }

  @ParameterizedTest
  @EnumSource
  void shouldApplyAndAcknowledgeEachOperationOnce(Broken broken) throws Exception {
    // given
    List<Long> handled = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent = agent(broken, operation -> handled.add(operation.getOpId()))) {
      ScriptedCoordinator.Session session = coordinator.session();
      session.welcome(main(0));
      ScriptedCoordinator.Lane lane = session.lane();
      // when
      lane.deliver(0, sampled(1), sampled(2));
      assertThat(lane.awaitAck()).isEqualTo(2);
      caughtUp(lane, 2);
      // then
      agent.awaitCaughtUp(PATIENCE);
      assertThat(handled).containsExactly(1L, 2L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldTryAgainWhatAHandlerFailedAt(Broken broken) throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(1);
    List<Long> handled = new CopyOnWriteArrayList<>();
    OperationHandler handler =
        operation -> {
          handled.add(operation.getOpId());
          if (failures.getAndDecrement() > 0) {
            throw new IOException("the disk is slow");
          }
        };
    try (SwarmAgent agent = agent(broken, handler)) {
      ScriptedCoordinator.Session session = coordinator.session();
      session.welcome(main(0));
      ScriptedCoordinator.Lane lane = session.lane();
      // when
      lane.deliver(0, sampled(1), sampled(2));
      // then
      assertThat(lane.awaitAck()).isEqualTo(2);
      assertThat(handled).containsExactly(1L, 1L, 2L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldBeginAnotherSessionWhereOneEndedInItsSync(Broken broken) throws Exception {
    // given
    List<Long> handled = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent = agent(broken, operation -> handled.add(operation.getOpId()))) {
      ScriptedCoordinator.Session session = coordinator.session();
      session.welcome(main(0));
      session.lane();
      // when
      session.control.onError(Status.UNAVAILABLE.asRuntimeException());
      // then
      ScriptedCoordinator.Session next = coordinator.session();
      next.welcome(main(0));
      ScriptedCoordinator.Lane lane = next.lane();
      lane.deliver(0, sampled(1));
      assertThat(lane.awaitAck()).isEqualTo(1);
      assertThat(handled).containsExactly(1L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldTellAPublisherWhatBecameOfEachGroup(Broken broken) throws Exception {
    // given
    try (OpenTelemetrySdk telemetry = telemetry(broken);
        SwarmPublisher publisher =
            SwarmPublisher.builder(connection, "s", "planner").openTelemetry(telemetry).start()) {
      CompletableFuture<Position> appended = publisher.publish(event("1"));
      CompletableFuture<Position> refused = publisher.publish(event("2"));
      ScriptedCoordinator.Producer producer = welcomed();
      producer.frame();
      producer.frame();
      // when
      producer.stream.onNext(
          PublishStreamResponse.newBuilder()
              .setAck(PublishAck.newBuilder().setNumber(1).setFirstOpId(7).setLast(main(7)))
              .build());
      producer.stream.onNext(
          PublishStreamResponse.newBuilder()
              .setRefusal(
                  PublishRefusal.newBuilder()
                      .setNumber(2)
                      .setStatus(Statuses.status("PAYLOAD_TOO_LARGE")))
              .build());
      // then
      assertThat(appended.get(20, TimeUnit.SECONDS).getOpId()).isEqualTo(7);
      assertThatThrownBy(() -> refused.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(SwarmlogException.class);
    }
  }

  @Test
  void shouldSayOnceWhatIsWrong() throws Exception {
    // given
    try (SwarmAgent agent = agent(Broken.AT_START, operation -> {})) {
      ScriptedCoordinator.Session session = coordinator.session();
      session.welcome(main(0));
      ScriptedCoordinator.Lane lane = session.lane();
      // when
      lane.deliver(0, sampled(1), sampled(2), sampled(3));
      assertThat(lane.awaitAck()).isEqualTo(3);
      // then
      assertThat(log.lines("the application's OpenTelemetry"))
          .singleElement()
          .asString()
          .startsWith("WARNING")
          .contains("'a' of swarm 's'")
          .contains("broken at the start");
    }
  }

  private SwarmAgent agent(Broken broken, OperationHandler handler) {
    return SwarmAgent.builder(connection, "s", "a")
        .on(Topic.TOPIC_COMMANDS, handler)
        .onHandlerFailure(HandlerFailurePolicy.retry())
        .openTelemetry(telemetry(broken))
        .start();
  }

  private static OpenTelemetrySdk telemetry(Broken broken) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder().addSpanProcessor(new BrokenProcessor(broken)).build())
        .setMeterProvider(
            SdkMeterProvider.builder()
                .registerMetricReader(InMemoryMetricReader.create())
                .registerView(
                    InstrumentSelector.builder().setName("*").build(),
                    View.builder()
                        .setAttributeFilter(
                            name -> {
                              if (broken == Broken.IN_METRICS) {
                                throw new IllegalStateException("broken in metrics");
                              }
                              return true;
                            })
                        .build())
                .build())
        .build();
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

  private static void caughtUp(ScriptedCoordinator.Lane lane, long opId) {
    lane.stream.onNext(
        DataResponse.newBuilder()
            .setCaughtUp(CaughtUp.newBuilder().setPosition(main(opId)))
            .build());
  }

  private static Operation sampled(long opId) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setGroupFirst(opId)
        .setGroupLast(opId)
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTraceparent(Recorded.traceparent(Recorded.elsewhere("00f067aa0ba902b7", true)))
        .build();
  }

  private static Publication event(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Work", text));
  }

  private record BrokenProcessor(Broken broken) implements SpanProcessor {
    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
      if (broken == Broken.AT_START) {
        throw new IllegalStateException("broken at the start");
      }
    }

    @Override
    public boolean isStartRequired() {
      return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
      if (broken == Broken.AT_END) {
        throw new IllegalStateException("broken at the end");
      }
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }
}
