package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.ScriptedCoordinator.main;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.FellBehind;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import dev.swarmlog.v1.SyncReceipt;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.Welcome;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an agent records of its syncs and repairs. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SyncTracingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Recorded recorded = Recorded.byDefault();
  private final List<SpanContext> seenByHandler = new CopyOnWriteArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();
  private ScriptedCoordinator coordinator;
  private SwarmConnection connection;
  private SwarmAgent agent;

  @BeforeEach
  void start() throws IOException {
    coordinator = new ScriptedCoordinator();
    connection = coordinator.connection();
    agent =
        SwarmAgent.builder(connection, "s", "a")
            .on(
                Topic.TOPIC_COMMANDS,
                operation -> {
                  seenByHandler.add(Span.current().getSpanContext());
                  if (failures.getAndDecrement() > 0) {
                    throw new IOException("the disk is slow");
                  }
                })
            .openTelemetry(recorded.sdk())
            .start();
  }

  @AfterEach
  void stop() {
    agent.close();
    connection.close();
    coordinator.close();
    recorded.close();
  }

  @Test
  void shouldRecordASyncFromAttachUntilItHasCaughtUp() throws Exception {
    // given
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(main(0));
    ScriptedCoordinator.Lane lane = session.lane();
    lane.deliver(0, operation(1), operation(2));
    // when
    caughtUp(lane, 2);
    // then
    await().atMost(PATIENCE).until(() -> !recorded.named("sync main").isEmpty());
    SpanData sync = recorded.only("sync main");
    assertThat(sync.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(sync.getParentSpanContext().isValid()).isFalse();
    assertThat(lane.attach.getTraceparent()).isEqualTo(Recorded.traceparent(sync.getSpanContext()));
    assertThat(sync.getAttributes().get(stringKey("messaging.operation.type")))
        .isEqualTo("receive");
    assertThat(sync.getAttributes().get(stringKey("messaging.destination.name")))
        .isEqualTo("s/main");
    assertThat(sync.getAttributes().get(stringKey("swarmlog.agent"))).isEqualTo("a");
    assertThat(sync.getAttributes().get(stringKey("swarmlog.sync.plan"))).isEqualTo("delta");
    assertThat(sync.getAttributes().get(longKey("swarmlog.sync.operations"))).isEqualTo(2);
    assertThat(sync.getAttributes().get(longKey("swarmlog.sync.duplicates"))).isEqualTo(0);
    assertThat(sync.getAttributes().get(longKey("swarmlog.sync.bytes"))).isPositive();
    assertThat(sync.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void shouldRecordNoSyncWhereNothingIsMissing() throws Exception {
    // given
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(plan(Plan.PLAN_CURRENT, 0));
    ScriptedCoordinator.Lane lane = session.lane();
    // when
    endSync(lane, 0, 0);
    agent.awaitCaughtUp(PATIENCE);
    // then
    assertThat(lane.attach.getTraceparent()).isEmpty();
    assertThat(recorded.spans()).isEmpty();
  }

  @Test
  void shouldSayWhatIsNotAsTheReceiptSays() throws Exception {
    // given
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(plan(Plan.PLAN_DELTA, 0));
    ScriptedCoordinator.Lane lane = session.lane();
    // when
    endSync(lane, 0, 5);
    // then
    await().atMost(PATIENCE).until(() -> !recorded.named("sync main").isEmpty());
    SpanData sync = recorded.only("sync main");
    assertThat(sync.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(sync.getStatus().getDescription()).contains("Expected 5 operations, but 0 came");
    assertThat(sync.getAttributes().get(stringKey("error.type"))).isEqualTo("mismatch");
  }

  @Test
  void shouldEndASyncThatIsInterruptedAndBeginAnother() throws Exception {
    // given
    ScriptedCoordinator.Session broken = coordinator.session();
    broken.welcome(main(0));
    ScriptedCoordinator.Lane before = broken.lane();
    // when
    broken.control.onError(Status.UNAVAILABLE.asRuntimeException());
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(main(0));
    ScriptedCoordinator.Lane after = session.lane();
    caughtUp(after, 0);
    // then
    await().atMost(PATIENCE).until(() -> recorded.named("sync main").size() == 2);
    assertThat(recorded.named("sync main"))
        .satisfiesExactly(
            first -> {
              assertThat(first.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
              assertThat(first.getAttributes().get(stringKey("error.type")))
                  .isEqualTo("interrupted");
              assertThat(before.attach.getTraceparent()).contains(first.getTraceId());
            },
            second -> {
              assertThat(second.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
              assertThat(after.attach.getTraceparent()).contains(second.getTraceId());
            });
  }

  @Test
  void shouldRecordTheDeltaOfALaneThatFellBehindAsAnotherTrace() throws Exception {
    // given
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(main(0));
    ScriptedCoordinator.Lane lane = session.lane();
    caughtUp(lane, 0);
    // when
    lane.stream.onNext(
        DataResponse.newBuilder()
            .setFellBehind(FellBehind.newBuilder().setPosition(main(0)).setHead(main(2)))
            .build());
    lane.deliver(0, operation(2));
    caughtUp(lane, 2);
    // then
    await().atMost(PATIENCE).until(() -> recorded.named("sync main").size() == 2);
    SpanData again = recorded.named("sync main").get(1);
    assertThat(again.getParentSpanContext().isValid()).isFalse();
    assertThat(again.getTraceId()).isNotEqualTo(recorded.named("sync main").get(0).getTraceId());
    assertThat(again.getAttributes().get(longKey("swarmlog.sync.target"))).isEqualTo(2);
    assertThat(again.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
  }

  @Test
  void shouldRecordARepairInTheCoordinatorsTraceAndItsFailuresWithIt() throws Exception {
    // given
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(plan(Plan.PLAN_CURRENT, 0));
    ScriptedCoordinator.Lane lane = session.lane();
    endSync(lane, 0, 0);
    agent.awaitCaughtUp(PATIENCE);
    SpanContext drift = Recorded.elsewhere("00f067aa0ba902b7", true);
    failures.set(1);
    // when
    lane.stream.onNext(
        DataResponse.newBuilder()
            .setRepair(
                Repair.newBuilder()
                    .setRepairId(1)
                    .setTraceparent(Recorded.traceparent(drift))
                    .setTracestate("vendor=x")
                    .addPages(
                        SnapshotPage.newBuilder()
                            .setPosition(main(0))
                            .setScope(Notation.scope("A"))
                            .addOperations(Notation.operation("0:A:k:v"))))
            .build());
    // then
    await().atMost(PATIENCE).until(() -> recorded.named("repair commands").size() == 2);
    assertThat(recorded.named("repair commands"))
        .allSatisfy(span -> assertThat(span.getKind()).isEqualTo(SpanKind.CONSUMER))
        .allSatisfy(span -> assertThat(span.getParentSpanContext()).isEqualTo(drift))
        .satisfiesExactly(
            failed -> {
              assertThat(failed.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
              assertThat(failed.getEvents())
                  .extracting(EventData::getName)
                  .containsExactly("exception");
            },
            done -> assertThat(done.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET));
    assertThat(seenByHandler)
        .containsExactlyElementsOf(
            recorded.named("repair commands").stream().map(SpanData::getSpanContext).toList());
    assertThat(recorded.spans()).hasSize(2);
  }

  private static Welcome.Builder plan(Plan plan, long opId) {
    Scope scope = Notation.scope("A");
    return Welcome.newBuilder()
        .setCapabilities(Capability.CAPABILITY_SYNC_VALUE | Capability.CAPABILITY_DRIFT_VALUE)
        .setLimits(Limits.newBuilder().setDriftCheckIntervalMs(3_600_000))
        .addPlans(
            LogPlan.newBuilder()
                .setLog(Log.LOG_MAIN)
                .setPlan(plan)
                .setStart(main(opId))
                .setTarget(main(opId))
                .setExact(true)
                .addScopes(scope));
  }

  private static void endSync(ScriptedCoordinator.Lane lane, long opId, long sent) {
    lane.stream.onNext(
        DataResponse.newBuilder()
            .setReceipt(SyncReceipt.newBuilder().setTarget(main(opId)).setSentCount(sent))
            .build());
    caughtUp(lane, opId);
  }

  private static void caughtUp(ScriptedCoordinator.Lane lane, long opId) {
    lane.stream.onNext(
        DataResponse.newBuilder()
            .setCaughtUp(CaughtUp.newBuilder().setPosition(main(opId)))
            .build());
  }

  private static Operation operation(long opId) {
    return Notation.event(opId, Notation.scope("A"));
  }
}
