package dev.swarmlog.sdk;

import static dev.swarmlog.sdk.ScriptedCoordinator.main;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.CaughtUp;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shell around the sessions, against a coordinator that follows a script. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScriptedCoordinatorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

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
  }

  @Test
  void shouldTellOfTheHandlerThatRunsAndNotOfItsWholeFrame() throws Exception {
    // given a frame of two operations
    CountDownLatch first = new CountDownLatch(1);
    CountDownLatch second = new CountDownLatch(1);
    AtomicLong secondBeganNs = new AtomicLong();
    try (SwarmAgent agent =
        agent(
            operation -> {
              if (operation.getOpId() == 1) {
                first.await();
              } else {
                secondBeganNs.set(System.nanoTime());
                second.await();
              }
            })) {
      ScriptedCoordinator.Session session = coordinator.session();
      session.welcome(main(0));
      ScriptedCoordinator.Lane lane = session.lane();
      lane.deliver(0, operation(1), operation(2));
      await()
          .atMost(PATIENCE)
          .until(
              () -> session.heartbeats.stream().anyMatch(beat -> beat.getHandlerRunningMs() > 500));

      // when the second is called, and a heartbeat was made after that
      first.countDown();
      await().atMost(PATIENCE).until(() -> secondBeganNs.get() != 0);
      int before = session.heartbeats.size() + 1;
      await().atMost(PATIENCE).until(() -> session.heartbeats.size() > before);
      long sinceMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - secondBeganNs.get());

      // then
      assertThat(session.heartbeats.get(before).getHandlerRunningMs()).isBetween(1L, sinceMs + 1);
      second.countDown();
    }
  }

  @Test
  void shouldReadNothingMoreWhileAHandlerRunsAndSendHeartbeatsAllTheSame() throws Exception {
    // given
    CountDownLatch release = new CountDownLatch(1);
    List<Long> applied = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent =
        agent(
            operation -> {
              release.await();
              applied.add(operation.getOpId());
            })) {
      ScriptedCoordinator.Session session = coordinator.session();
      session.welcome(main(0));
      ScriptedCoordinator.Lane lane = session.lane();
      await().atMost(PATIENCE).until(lane.stream::isReady);
      // when
      lane.deliver(0, operation(1));
      // then
      await()
          .atMost(PATIENCE)
          .until(
              () -> session.heartbeats.stream().anyMatch(beat -> beat.getHandlerRunningMs() > 50));
      assertThat(lane.stream.isReady()).isFalse();
      assertThat(lane.acks).isEmpty();
      assertThat(applied).isEmpty();
      assertThat(agent.clockOffset().orElseThrow().offset())
          .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(5));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                Heartbeat last = session.heartbeats.get(session.heartbeats.size() - 1);
                assertThat(last.getClockOffsetNano() + last.getClockUncertaintyNano())
                    .isCloseTo(5_000_000_000L, within(1L));
                assertThat(last.hasClockUncertaintyNano()).isTrue();
              });
      assertThat(session.heartbeats.get(0).hasClockOffsetNano()).isFalse();
      long releasedUnixNs = AgentShell.unixNanos(InstantSource.system());
      release.countDown();
      assertThat(lane.ack())
          .returns(1L, ack -> ack.getApplied().getOpId())
          .satisfies(
              ack ->
                  assertThat(ack.getAppliedUnixNano())
                      .isBetween(releasedUnixNs, AgentShell.unixNanos(InstantSource.system())));
      await().atMost(PATIENCE).until(lane.stream::isReady);
    }
  }

  @Test
  void shouldTryAFailedOperationAgainAndNotTheOnesBeforeIt() throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(2);
    List<Long> applied = new CopyOnWriteArrayList<>();
    List<String> told = new CopyOnWriteArrayList<>();
    SwarmAgentBuilder builder =
        builder(
                operation -> {
                  if (operation.getOpId() == 2 && failures.getAndDecrement() > 0) {
                    throw new IOException("not now");
                  }
                  applied.add(operation.getOpId());
                })
            .listener(
                new AgentListener() {
                  @Override
                  public void handlerFailed(
                      List<Operation> operations,
                      Throwable failure,
                      int attempts,
                      HandlerFailurePolicy.Decision decision) {
                    told.add(
                        operations.get(0).getOpId() + " " + failure.getMessage() + " " + attempts);
                  }
                });
    try (SwarmAgent agent = builder.start()) {
      // when
      ScriptedCoordinator.Lane lane = attached();
      lane.deliver(0, operation(1), operation(2), operation(3));
      // then
      assertThat(lane.awaitAck()).isEqualTo(3);
      assertThat(applied).containsExactly(1L, 2L, 3L);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(told).containsExactly("2 not now 1", "2 not now 2"));
      assertThat(agent.positions()).containsValue(main(3));
    }
  }

  @Test
  void shouldLogAFailureThatComesAgainAtOnceOnlyOnceForWhatFollows() throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(3);
    OperationHandler handler =
        operation -> {
          if (failures.getAndDecrement() > 0) {
            throw new IOException("not now");
          }
        };
    try (ProgramLog log = new ProgramLog();
        SwarmAgent agent = agent(handler)) {
      // when
      ScriptedCoordinator.Lane lane = attached();
      lane.deliver(0, operation(1));
      // then
      assertThat(lane.awaitAck()).isEqualTo(1);
      assertThat(log.lines())
          .filteredOn(line -> line.contains("attempt "))
          .satisfiesExactly(
              first ->
                  assertThat(first)
                      .isEqualTo(
                          "WARNING Handler of main of agent 'a' of swarm 's' failed at operation 1, attempt 1: RETRY_AT_ONCE, tried again at once (not now)"),
              last ->
                  assertThat(last)
                      .contains(" operation 1, attempt 3: RETRY_LATER, given again in about "));
    }
  }

  @Test
  void shouldSkipOrStopWhereThePolicySaysSo() throws Exception {
    // given
    List<Long> applied = new CopyOnWriteArrayList<>();
    OperationHandler handler =
        operation -> {
          if (operation.getOpId() == 2) {
            throw new IllegalStateException("never");
          }
          applied.add(operation.getOpId());
        };
    try (SwarmAgent agent =
        builder(handler).onHandlerFailure(HandlerFailurePolicy.skipAfter(2)).start()) {
      // when
      ScriptedCoordinator.Lane lane = attached();
      lane.deliver(0, operation(1), operation(2), operation(3));
      // then
      assertThat(lane.awaitAck()).isEqualTo(3);
      assertThat(applied).containsExactly(1L, 3L);
      assertThat(agent.state()).isNotEqualTo(AgentState.FAILED);
    }
    try (SwarmAgent agent =
        builder(handler).onHandlerFailure(HandlerFailurePolicy.stopAfter(1)).start()) {
      // when
      attached().deliver(0, operation(1), operation(2), operation(3));
      // then
      assertThatThrownBy(() -> agent.awaitCaughtUp(PATIENCE))
          .isInstanceOf(TerminalException.class)
          .hasMessageContaining("operation 2")
          .hasMessageContaining("never");
      assertThat(agent.positions()).isEmpty();
    }
  }

  @Test
  void shouldApplyEachOperationOnceWhereFramesAreDoubledAndConnectAgainWhereOneIsMissing()
      throws Exception {
    // given
    List<Long> applied = new CopyOnWriteArrayList<>();
    List<Long> caughtUp = new CopyOnWriteArrayList<>();
    SwarmAgentBuilder builder =
        builder(operation -> applied.add(operation.getOpId()))
            .listener(
                new AgentListener() {
                  @Override
                  public void caughtUp(Position position, long received, long ignored) {
                    caughtUp.addAll(List.of(position.getOpId(), received, ignored));
                  }
                });
    try (SwarmAgent agent = builder.start()) {
      ScriptedCoordinator.Lane lane = attached();
      // when
      lane.deliver(0, operation(1), operation(2));
      lane.deliver(0, operation(1), operation(2));
      lane.deliver(1, operation(2), operation(3));
      lane.stream.onNext(
          DataResponse.newBuilder()
              .setCaughtUp(CaughtUp.newBuilder().setPosition(main(3)))
              .build());
      agent.awaitCaughtUp(PATIENCE);
      lane.deliver(7, operation(8));
      // then
      ScriptedCoordinator.Session next = coordinator.session();
      assertThat(next.hello.getResume(0).getPosition()).isEqualTo(main(3));
      assertThat(applied).containsExactly(1L, 2L, 3L);
      assertThat(caughtUp).containsExactly(3L, 3L, 3L);
    }
  }

  @Test
  void shouldCommitEffectsAndCursorTogether() throws Exception {
    // given
    List<Long> effects = new ArrayList<>();
    AtomicInteger failures = new AtomicInteger(1);
    EffectStore store =
        new EffectStore() {
          private AgentCursor committed = AgentCursor.empty();

          @Override
          public AgentCursor load() {
            return committed;
          }

          @Override
          public void apply(Batch batch, AgentCursor after) throws IOException {
            if (failures.getAndDecrement() > 0) {
              throw new IOException("the disk is slow");
            }
            batch.operations().forEach(operation -> effects.add(operation.getOpId()));
            committed = after;
          }
        };
    try (SwarmAgent agent =
        SwarmAgent.builder(connection, "s", "a")
            .topics(Topic.TOPIC_COMMANDS)
            .effects(store)
            .start()) {
      ScriptedCoordinator.Lane lane = attached();
      // when
      lane.deliver(0, operation(1), operation(2));
      assertThat(lane.awaitAck()).isEqualTo(2);
    }
    // then
    assertThat(effects).containsExactly(1L, 2L);
    try (SwarmAgent again =
        SwarmAgent.builder(connection, "s", "a")
            .topics(Topic.TOPIC_COMMANDS)
            .effects(store)
            .start()) {
      assertThat(coordinator.session().hello.getResume(0).getPosition()).isEqualTo(main(2));
      assertThat(again.positions()).containsValue(main(2));
    }
    assertThatThrownBy(() -> SwarmAgent.builder(connection, "s", "b").effects(store).start())
        .isInstanceOf(CursorStoreException.class)
        .hasMessageContaining("'a'");
  }

  @Test
  void shouldStopWhenTheCursorCannotBeSaved() throws Exception {
    // given
    CursorStore broken =
        new CursorStore() {
          @Override
          public AgentCursor load() {
            return AgentCursor.empty();
          }

          @Override
          public Collection<HeldKey> heldKeys() {
            return List.of();
          }

          @Override
          public void save(AgentCursor cursor, List<HeldKey> changed) {
            throw new CursorStoreException("Expected a disk, but it is gone");
          }
        };
    try (SwarmAgent agent = builder(operation -> {}).cursorStore(broken).start()) {
      // when
      ScriptedCoordinator.Lane lane = attached();
      lane.deliver(0, operation(1));
      // then
      assertThatThrownBy(() -> agent.awaitCaughtUp(PATIENCE))
          .isInstanceOf(TerminalException.class)
          .hasMessageContaining("it is gone");
      assertThat(lane.acks).isEmpty();
    }
  }

  @Test
  void shouldFinishWhatIsBeingAppliedBeforeItCloses() throws Exception {
    // given
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CursorStore store = CursorStore.inMemory();
    SwarmAgent agent =
        builder(
                operation -> {
                  running.countDown();
                  release.await();
                })
            .cursorStore(store)
            .start();
    ScriptedCoordinator.Lane lane = attached();
    lane.deliver(0, operation(1));
    assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
    // when
    CompletableFuture<Void> closing = CompletableFuture.runAsync(agent::close);
    await().atMost(PATIENCE).until(() -> agent.state() == AgentState.DRAINING);
    release.countDown();
    closing.get(20, TimeUnit.SECONDS);
    // then
    assertThat(lane.awaitAck()).isEqualTo(1);
    assertThat(store.load().positions()).containsValue(main(1));
    assertThat(agent.state()).isEqualTo(AgentState.CLOSED);
  }

  @Test
  void shouldBeClosedFromItsOwnHandlerOnceThatIsDone() throws Exception {
    // given
    CursorStore store = CursorStore.inMemory();
    java.util.concurrent.atomic.AtomicReference<SwarmAgent> self =
        new java.util.concurrent.atomic.AtomicReference<>();
    SwarmAgent agent = builder(operation -> self.get().close()).cursorStore(store).start();
    self.set(agent);
    ScriptedCoordinator.Lane lane = attached();
    // when
    lane.deliver(0, operation(1));
    // then
    assertThat(lane.awaitAck()).isEqualTo(1);
    await().atMost(PATIENCE).until(() -> agent.state() == AgentState.CLOSED);
    assertThat(store.load().positions()).containsValue(main(1));
  }

  @Test
  void shouldCarryTheTraceFromThePublisherIntoTheHandler() throws Exception {
    // given
    SpanContext span =
        SpanContext.create(
            "0af7651916cd43dd8448eb211c80319c",
            "b7ad6b7169203331",
            TraceFlags.getSampled(),
            TraceState.builder().put("acme", "1").build());
    List<SpanContext> seen = new CopyOnWriteArrayList<>();
    PublishGroup group;
    try (SwarmPublisher publisher = SwarmPublisher.builder(connection, "s", "p").start()) {
      // when
      try (Scope ignored = Span.wrap(span).makeCurrent()) {
        publisher.publish(event("x"));
      }
      ScriptedCoordinator.Producer producer = welcomed(10);
      group = producer.frame().getGroup();
      producer.stream.onNext(ack(1));
    }
    // then
    assertThat(group.getRecords(0).getTraceparent())
        .isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    try (SwarmAgent agent = agent(operation -> seen.add(Span.current().getSpanContext()))) {
      ScriptedCoordinator.Lane lane = attached();
      lane.deliver(
          0,
          operation(1).toBuilder()
              .setTraceparent(group.getRecords(0).getTraceparent())
              .setTracestate(group.getRecords(0).getTracestate())
              .build(),
          operation(2));
      assertThat(lane.awaitAck()).isEqualTo(2);
    }
    assertThat(seen.get(0).getTraceId()).isEqualTo(span.getTraceId());
    assertThat(seen.get(0).getSpanId()).isEqualTo(span.getSpanId());
    assertThat(seen.get(0).getTraceState().get("acme")).isEqualTo("1");
    assertThat(seen.get(0).isRemote()).isTrue();
    assertThat(seen.get(1).isValid()).isFalse();
  }

  @Test
  void shouldBoundWhatWaitsForItsAnswer() throws Exception {
    // given
    try (SwarmPublisher publisher =
        SwarmPublisher.builder(connection, "s", "p").maxQueued(2, 1 << 20).start()) {
      CompletableFuture<Position> first = publisher.publish(event("1"));
      CompletableFuture<Position> second = publisher.publish(event("2"));
      // when
      CompletableFuture<Position> third = publisher.publish(event("3"));
      // then
      assertThatThrownBy(() -> third.get(20, TimeUnit.SECONDS))
          .cause()
          .isInstanceOf(QueueFullException.class)
          .hasMessageContaining("2 groups wait");
      ScriptedCoordinator.Producer producer = welcomed(10);
      producer.stream.onNext(ack(1));
      assertThat(first.get(20, TimeUnit.SECONDS).getOpId()).isEqualTo(1);
      CompletableFuture<Position> fourth = publisher.publish(event("4"));
      for (long number = 1; number <= 3; number++) {
        assertThat(producer.frame().getGroup().getNumber()).isEqualTo(number);
      }
      producer.stream.onNext(ack(2));
      producer.stream.onNext(ack(3));
      assertThat(second.get(20, TimeUnit.SECONDS).getOpId()).isEqualTo(2);
      assertThat(fourth.get(20, TimeUnit.SECONDS).getOpId()).isEqualTo(3);
      assertThat(publisher.pending()).isZero();
    }
  }

  @Test
  void shouldWaitForRoomWhereAskedTo() throws Exception {
    // given
    try (SwarmPublisher publisher =
        SwarmPublisher.builder(connection, "s", "p")
            .maxQueued(1, 1 << 20)
            .overflow(Overflow.BLOCK)
            .start()) {
      publisher.publish(event("1"));
      ScriptedCoordinator.Producer producer = welcomed(10);
      // when
      CompletableFuture<Position> second =
          CompletableFuture.supplyAsync(() -> publisher.publish(event("2")).join());
      assertThat(producer.frame().getGroup().getNumber()).isEqualTo(1);
      producer.stream.onNext(ack(1));
      // then
      assertThat(producer.frame().getGroup().getNumber()).isEqualTo(2);
      producer.stream.onNext(ack(2));
      assertThat(second.get(20, TimeUnit.SECONDS).getOpId()).isEqualTo(2);
    }
  }

  @Test
  void shouldFailWhatIsNotAnsweredWhenClosed() throws Exception {
    // given
    SwarmPublisher publisher = SwarmPublisher.builder(connection, "s", "p").start();
    CompletableFuture<Position> sent = publisher.publish(event("1"));
    welcomed(10).frame();
    // when
    publisher.close(Duration.ofMillis(20));
    CompletableFuture<Position> late = publisher.publish(event("2"));
    // then
    assertThatThrownBy(() -> sent.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(OutcomeUnknownException.class)
        .hasMessageContaining("look in the log");
    assertThatThrownBy(() -> late.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(RetryableException.class)
        .hasMessageContaining("closed");
  }

  private SwarmAgent agent(OperationHandler handler) {
    return builder(handler).start();
  }

  private SwarmAgentBuilder builder(OperationHandler handler) {
    return SwarmAgent.builder(connection, "s", "a").on(Topic.TOPIC_COMMANDS, handler);
  }

  private ScriptedCoordinator.Lane attached() throws InterruptedException {
    ScriptedCoordinator.Session session = coordinator.session();
    session.welcome(main(0));
    return session.lane();
  }

  private ScriptedCoordinator.Producer welcomed(int window) throws InterruptedException {
    ScriptedCoordinator.Producer producer = coordinator.producer();
    assertThat(producer.frame().hasHello()).isTrue();
    producer.stream.onNext(
        PublishStreamResponse.newBuilder()
            .setWelcome(
                ProducerWelcome.newBuilder()
                    .setProducerEpoch(1)
                    .setNextNumber(1)
                    .setMaxInFlightGroups(window))
            .build());
    return producer;
  }

  private static PublishStreamResponse ack(long number) {
    return PublishStreamResponse.newBuilder()
        .setAck(
            PublishAck.newBuilder().setNumber(number).setFirstOpId(number).setLast(main(number)))
        .build();
  }

  private static Publication event(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Work", text));
  }

  private static Operation operation(long opId) {
    return Operation.newBuilder()
        .setOpId(opId)
        .setGroupFirst(opId)
        .setGroupLast(opId)
        .setTopic(Topic.TOPIC_COMMANDS)
        .build();
  }
}
