package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.ScriptedCoordinator.main;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.Welcome;
import io.grpc.Status;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an agent records of the operations it applies. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ApplyTracingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final SpanContext SAMPLED = Recorded.elsewhere("00f067aa0ba902b7", true);
  private static final SpanContext UNSAMPLED = Recorded.elsewhere("00f067aa0ba902b8", false);

  private final Recorded recorded = Recorded.byDefault();
  private ScriptedCoordinator coordinator;
  private SwarmConnection connection;

  @BeforeEach
  void start() throws IOException {
    coordinator = new ScriptedCoordinator();
    connection = coordinator.connection();
  }

  @AfterEach
  void stop() {
    connection.close();
    coordinator.close();
    recorded.close();
  }

  @Test
  void shouldRecordWhatTheCoordinatorHasChosenAndNothingElse() throws Exception {
    // given
    try (SwarmAgent agent = agent(operation -> inner().end())) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(1L), operation(1, SAMPLED), operation(2, SAMPLED));
      assertThat(lane.awaitAck()).isEqualTo(2);
      // then
      await().atMost(PATIENCE).until(() -> recorded.spans().size() == 3);
      SpanData apply = recorded.only("apply commands");
      assertThat(apply.getKind()).isEqualTo(SpanKind.CONSUMER);
      assertThat(apply.getParentSpanContext()).isEqualTo(SAMPLED);
      assertThat(apply.getTraceId()).isEqualTo(SAMPLED.getTraceId());
      assertThat(apply.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
      assertThat(apply.getAttributes().asMap())
          .isEqualTo(
              Attributes.builder()
                  .put("messaging.system", "swarmlog")
                  .put("messaging.operation.name", "apply")
                  .put("messaging.operation.type", "process")
                  .put("messaging.destination.name", "s/commands")
                  .put("messaging.destination.template", "{swarm}/commands")
                  .put("messaging.client.id", "a")
                  .put("messaging.message.id", "1")
                  .put("swarmlog.swarm", "s")
                  .put("swarmlog.agent", "a")
                  .put("swarmlog.topic", "commands")
                  .put("swarmlog.log", "main")
                  .put("swarmlog.operation.id", 1)
                  .build()
                  .asMap());
      SpanData ack = recorded.only("ack commands");
      assertThat(ack.getKind()).isEqualTo(SpanKind.CLIENT);
      assertThat(ack.getParentSpanContext()).isEqualTo(apply.getSpanContext());
      assertThat(ack.getAttributes().get(stringKey("messaging.operation.type")))
          .isEqualTo("settle");
      assertThat(ack.getAttributes().get(longKey("swarmlog.operation.id"))).isEqualTo(1);
      assertThat(ack.getEvents()).isEmpty();
      assertThat(ack.getStartEpochNanos()).isGreaterThanOrEqualTo(apply.getEndEpochNanos());
      assertThat(recorded.only("inner").getParentSpanContext()).isEqualTo(apply.getSpanContext());
    }
  }

  @Test
  void shouldRecordWhatIsSampledWhereTheCoordinatorDoesNotChoose() throws Exception {
    // given
    List<SpanContext> seen = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent = agent(operation -> seen.add(Span.current().getSpanContext()))) {
      ScriptedCoordinator.Lane lane = attached(false);
      String trace = SAMPLED.getTraceId();
      // when
      deliver(
          lane,
          List.of(),
          operation(1, ""),
          operation(2, "00-" + trace + "-00f067aa0ba902b7-03"),
          operation(3, UNSAMPLED),
          operation(4, "00-" + trace + "-01"),
          operation(5, "00-" + "0".repeat(32) + "-00f067aa0ba902b7-01"),
          operation(6, "nonsense"));
      assertThat(lane.awaitAck()).isEqualTo(6);
      // then
      await().atMost(PATIENCE).until(() -> recorded.spans().size() == 2);
      SpanData apply = recorded.only("apply commands");
      assertThat(apply.getAttributes().get(longKey("swarmlog.operation.id"))).isEqualTo(2);
      assertThat(apply.getParentSpanContext().getSpanId()).isEqualTo("00f067aa0ba902b7");
      assertThat(seen.get(1)).isEqualTo(apply.getSpanContext());
      assertThat(seen.get(2)).isEqualTo(UNSAMPLED);
      assertThat(List.of(seen.get(0), seen.get(3), seen.get(4), seen.get(5)))
          .noneMatch(SpanContext::isValid);
    }
  }

  @Test
  void shouldRecordEachAttemptAndTheFailureWithIt() throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(1);
    OperationHandler handler =
        operation -> {
          if (failures.getAndDecrement() > 0) {
            throw new IOException("the disk is slow");
          }
        };
    try (SwarmAgent agent = agent(handler)) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(1L), operation(1, SAMPLED));
      assertThat(lane.awaitAck()).isEqualTo(1);
      // then
      await().atMost(PATIENCE).until(() -> recorded.spans().size() == 3);
      assertThat(recorded.named("apply commands"))
          .satisfiesExactly(
              failed -> {
                assertThat(failed.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
                assertThat(failed.getStatus().getDescription()).isEqualTo("the disk is slow");
                assertThat(failed.getAttributes().get(stringKey("error.type")))
                    .isEqualTo("java.io.IOException");
                assertThat(failed.getEvents())
                    .extracting(EventData::getName)
                    .containsExactly("exception");
                assertThat(failed.getParentSpanContext()).isEqualTo(SAMPLED);
              },
              done -> {
                assertThat(done.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
                assertThat(done.getAttributes().get(longKey("swarmlog.attempt"))).isEqualTo(2);
                assertThat(recorded.only("ack commands").getParentSpanContext())
                    .isEqualTo(done.getSpanContext());
              });
    }
  }

  @Test
  void shouldKeepErrorsOfOperationsThatNobodyChoseInALinkedTraceOfTheirOwn() throws Exception {
    // given
    AtomicInteger tried = new AtomicInteger();
    OperationHandler handler =
        operation -> {
          if (tried.incrementAndGet() == 1 || operation.getOpId() == 2) {
            throw new IllegalStateException("not now");
          }
        };
    try (SwarmAgent agent =
        builder(handler).onHandlerFailure(HandlerFailurePolicy.skipAfter(1)).start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(), operation(1, UNSAMPLED), operation(2, SAMPLED), operation(3, ""));
      assertThat(lane.awaitAck()).isEqualTo(3);
      // then
      assertThat(recorded.named("apply commands"))
          .allSatisfy(
              root -> {
                assertThat(root.getParentSpanContext().isValid()).isFalse();
                assertThat(root.getTraceId()).isNotEqualTo(SAMPLED.getTraceId());
                assertThat(root.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
                assertThat(root.getAttributes().get(stringKey("error.type")))
                    .isEqualTo("java.lang.IllegalStateException");
              })
          .satisfiesExactly(
              first ->
                  assertThat(first.getLinks())
                      .extracting(LinkData::getSpanContext)
                      .containsExactly(UNSAMPLED),
              second ->
                  assertThat(second.getLinks())
                      .extracting(LinkData::getSpanContext)
                      .containsExactly(SAMPLED));
      assertThat(recorded.spans()).hasSize(2);
    }
  }

  @Test
  void shouldRecordErrorsOfUnchosenOperationsUpToTheBound() throws Exception {
    // given
    OperationHandler failing =
        operation -> {
          throw new IllegalStateException("never");
        };
    Operation[] operations = new Operation[500];
    Arrays.setAll(operations, i -> operation(i + 1, UNSAMPLED));
    long beganNs = System.nanoTime();
    try (SwarmAgent agent =
        builder(failing).onHandlerFailure(HandlerFailurePolicy.skipAfter(1)).start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(), operations);
      assertThat(lane.awaitAck()).isEqualTo(500);
      // then
      long seconds = 1 + Duration.ofNanos(System.nanoTime() - beganNs).toSeconds();
      assertThat(recorded.named("apply commands"))
          .hasSizeBetween(
              ErrorBound.MAX_PER_SECOND,
              (int) Math.min(499, (seconds + 1) * ErrorBound.MAX_PER_SECOND));
    }
  }

  @Test
  void shouldEndWithTheCommitAndNotWithTheHandler() throws Exception {
    // given
    List<Integer> endedAtCommit = new CopyOnWriteArrayList<>();
    CursorStore store =
        new CursorStore() {
          private final CursorStore memory = CursorStore.inMemory();

          @Override
          public AgentCursor load() {
            return memory.load();
          }

          @Override
          public Collection<HeldKey> heldKeys() {
            return memory.heldKeys();
          }

          @Override
          public void save(AgentCursor cursor, List<HeldKey> changed) {
            endedAtCommit.add(recorded.named("apply commands").size());
            memory.save(cursor, changed);
          }
        };
    try (SwarmAgent agent = builder(operation -> {}).cursorStore(store).start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(1L, 2L), operation(1, SAMPLED), operation(2, SAMPLED));
      assertThat(lane.awaitAck()).isEqualTo(2);
      // then
      assertThat(endedAtCommit).containsOnly(0);
      await().atMost(PATIENCE).until(() -> recorded.named("ack commands").size() == 2);
      assertThat(recorded.named("apply commands")).hasSize(2);
    }
  }

  @Test
  void shouldRecordEachChosenOperationOfABatchAroundTheOneCall() throws Exception {
    // given
    List<SpanContext> current = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent =
        SwarmAgent.builder(connection, "s", "a")
            .topics(Topic.TOPIC_COMMANDS)
            .onBatch(batch -> current.add(Span.current().getSpanContext()))
            .openTelemetry(recorded.sdk())
            .start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(
          lane,
          List.of(1L, 3L),
          operation(1, SAMPLED),
          operation(2, SAMPLED),
          operation(3, SAMPLED));
      lane.deliver(
          Delivery.newBuilder()
              .setFromOpId(3)
              .setTo(main(4))
              .addOperations(operation(4, SAMPLED))
              .addTracedOpIds(4));
      assertThat(lane.awaitAck()).isEqualTo(3);
      assertThat(lane.awaitAck()).isEqualTo(4);
      // then
      await().atMost(PATIENCE).until(() -> recorded.named("ack commands").size() == 3);
      assertThat(recorded.named("apply commands"))
          .extracting(span -> span.getAttributes().get(longKey("swarmlog.operation.id")))
          .containsExactly(1L, 3L, 4L);
      assertThat(current.get(0).isValid()).isFalse();
      assertThat(current.get(1))
          .isEqualTo(recorded.named("apply commands").get(2).getSpanContext());
    }
  }

  @Test
  void shouldRecordWhatAnEffectStoreCommitsAndItsFailuresOnce() throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(1);
    EffectStore store =
        new EffectStore() {
          @Override
          public AgentCursor load() {
            return AgentCursor.empty();
          }

          @Override
          public void apply(Batch batch, AgentCursor after) throws IOException {
            if (!batch.operations().isEmpty() && failures.getAndDecrement() > 0) {
              throw new IOException("the disk is slow");
            }
          }
        };
    try (SwarmAgent agent =
        SwarmAgent.builder(connection, "s", "a")
            .topics(Topic.TOPIC_COMMANDS)
            .effects(store)
            .openTelemetry(recorded.sdk())
            .start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(), operation(1, SAMPLED), operation(2, UNSAMPLED), operation(3, ""));
      assertThat(lane.awaitAck()).isEqualTo(3);
      // then
      SpanData root = recorded.only("apply commands");
      assertThat(recorded.spans()).hasSize(1);
      assertThat(root.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
      assertThat(root.getLinks())
          .extracting(LinkData::getSpanContext)
          .containsExactly(SAMPLED, UNSAMPLED);
      assertThat(root.getAttributes().get(longKey("messaging.batch.message_count"))).isEqualTo(3);
      assertThat(root.getAttributes().get(longKey("swarmlog.operation.id"))).isNull();
    }
  }

  @Test
  void shouldEndWhatIsAppliedAndNotCommittedWhenTheAgentIsClosed() throws Exception {
    // given
    CountDownLatch failed = new CountDownLatch(1);
    OperationHandler handler =
        operation -> {
          if (operation.getOpId() == 2) {
            failed.countDown();
            throw new IllegalStateException("never");
          }
          inner().end();
        };
    try (SwarmAgent agent =
        builder(handler).onHandlerFailure(HandlerFailurePolicy.retry()).start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      deliver(lane, List.of(1L), operation(1, SAMPLED), operation(2, ""));
      failed.await();
      // when
      agent.close();
    }
    // then
    SpanData applied =
        recorded.named("apply commands").stream()
            .filter(span -> span.getParentSpanContext().equals(SAMPLED))
            .findFirst()
            .orElseThrow();
    assertThat(applied.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(applied.getStatus().getDescription()).contains("the agent stopped before");
    assertThat(recorded.only("inner").getParentSpanContext()).isEqualTo(applied.getSpanContext());
    assertThat(recorded.named("ack commands")).isEmpty();
  }

  @Test
  void shouldSayOfAnAckThatThereWasNoStreamForIt() throws Exception {
    // given
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    OperationHandler handler =
        operation -> {
          entered.countDown();
          release.await();
        };
    try (SwarmAgent agent = agent(handler)) {
      ScriptedCoordinator.Session session = coordinator.session();
      ScriptedCoordinator.Lane lane = attached(session, true);
      deliver(lane, List.of(1L), operation(1, SAMPLED));
      entered.await();
      session.control.onError(Status.UNAVAILABLE.asRuntimeException());
      await().atMost(PATIENCE).until(() -> agent.state() != AgentState.CATCHING_UP);
      // when
      release.countDown();
      // then
      await().atMost(PATIENCE).until(() -> !recorded.named("ack commands").isEmpty());
      SpanData ack = recorded.only("ack commands");
      assertThat(ack.getParentSpanId()).isEqualTo(recorded.only("apply commands").getSpanId());
      assertThat(ack.getEvents())
          .extracting(EventData::getName)
          .containsExactly("no stream: told with the next Hello");
    }
  }

  @Test
  void shouldCountAndTimeHandlersWithoutNamingSwarmOrAgent() throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(1);
    OperationHandler handler =
        operation -> {
          if (failures.getAndDecrement() > 0) {
            throw new IOException("the disk is slow");
          }
        };
    try (SwarmAgent agent = agent(handler)) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(lane, List.of(), operation(1, ""), operation(2, UNSAMPLED));
      assertThat(lane.awaitAck()).isEqualTo(2);
    }
    // then
    Attributes expected =
        Attributes.builder()
            .put("messaging.system", "swarmlog")
            .put("messaging.operation.name", "apply")
            .put("messaging.destination.template", "{swarm}/commands")
            .build();
    Collection<MetricData> metrics = recorded.metrics();
    assertThat(metrics)
        .filteredOn(metric -> metric.getName().equals("messaging.client.consumed.messages"))
        .flatExtracting(metric -> metric.getLongSumData().getPoints())
        .singleElement()
        .satisfies(point -> assertThat(point.getValue()).isEqualTo(2))
        .satisfies(point -> assertThat(point.getAttributes()).isEqualTo(expected));
    assertThat(metrics)
        .filteredOn(metric -> metric.getName().equals("messaging.process.duration"))
        .flatExtracting(metric -> metric.getHistogramData().getPoints())
        .singleElement()
        .satisfies(point -> assertThat(point.getCount()).isEqualTo(3))
        .satisfies(point -> assertThat(point.getAttributes()).isEqualTo(expected));
  }

  @Test
  void shouldLetHandlersGoOnWithTheTraceWhereTheAgentHasNoOpenTelemetry() throws Exception {
    // given
    List<SpanContext> seen = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent =
        SwarmAgent.builder(connection, "s", "a")
            .on(Topic.TOPIC_COMMANDS, operation -> seen.add(Span.current().getSpanContext()))
            .start()) {
      ScriptedCoordinator.Lane lane = attached(true);
      // when
      deliver(
          lane,
          List.of(1L),
          operation(1, SAMPLED),
          operation(2, SAMPLED),
          operation(3, "nonsense"));
      assertThat(lane.awaitAck()).isEqualTo(3);
    }
    // then
    assertThat(seen.get(0)).isEqualTo(SAMPLED);
    assertThat(seen.get(1).getTraceId()).isEqualTo(SAMPLED.getTraceId());
    assertThat(seen.get(1).isSampled()).isFalse();
    assertThat(seen.get(2).isValid()).isFalse();
  }

  private Span inner() {
    return recorded.tracer().spanBuilder("inner").startSpan();
  }

  private SwarmAgent agent(OperationHandler handler) {
    return builder(handler).start();
  }

  private SwarmAgentBuilder builder(OperationHandler handler) {
    return SwarmAgent.builder(connection, "s", "a")
        .on(Topic.TOPIC_COMMANDS, handler)
        .openTelemetry(recorded.sdk());
  }

  /** To a log in which nothing is missing. */
  private ScriptedCoordinator.Lane attached(boolean choosesTraced) throws InterruptedException {
    return attached(coordinator.session(), choosesTraced);
  }

  private static ScriptedCoordinator.Lane attached(
      ScriptedCoordinator.Session session, boolean choosesTraced) throws InterruptedException {
    session.welcome(
        Welcome.newBuilder()
            .setChoosesTraced(choosesTraced)
            .addPlans(
                LogPlan.newBuilder()
                    .setLog(main(0).getLog())
                    .setPlan(Plan.PLAN_CURRENT)
                    .setStart(main(0))));
    return session.lane();
  }

  private static void deliver(
      ScriptedCoordinator.Lane lane, List<Long> traced, Operation... operations) {
    lane.deliver(
        Delivery.newBuilder()
            .setTo(main(operations[operations.length - 1].getOpId()))
            .addAllOperations(List.of(operations))
            .addAllTracedOpIds(traced));
  }

  private static Operation operation(long opId, SpanContext published) {
    return operation(opId, Recorded.traceparent(published)).toBuilder()
        .setTracestate("vendor=x")
        .build();
  }

  private static Operation operation(long opId, String traceparent) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setGroupFirst(opId)
        .setGroupLast(opId)
        .setTopic(Topic.TOPIC_COMMANDS)
        .setTraceparent(traceparent)
        .build();
  }
}
