package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.sdk.HandlerFailurePolicy.Decision;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.ReplayParkedResponse;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Handlers fail, and a coordinator on a real port says what becomes of the operations. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealNackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension
  final SwarmlogServerExtension server =
      SwarmlogServerExtension.onDisk()
          .with("parking-attempts", "3")
          .with("breaker-wait", "0s")
          .with("drift-check-interval", "1s");

  private SwarmClient client;
  private final List<Operation> applied = new CopyOnWriteArrayList<>();
  private final List<Integer> attempts = new CopyOnWriteArrayList<>();
  private final List<Decision> decisions = new CopyOnWriteArrayList<>();
  private final AtomicInteger held = new AtomicInteger();
  private final List<NackReply> replies = new CopyOnWriteArrayList<>();
  private final List<RepairReport> repairs = new CopyOnWriteArrayList<>();

  /** As the default, in a hurry. */
  private final HandlerFailurePolicy soon =
      new HandlerFailurePolicy() {
        @Override
        public Decision decide(List<Operation> operations, Throwable failure, int tried) {
          attempts.add(tried);
          return Decision.RETRY_LATER;
        }

        @Override
        public Duration retryLaterIn(int times) {
          return Duration.ofMillis(20);
        }
      };

  @AfterEach
  void closeClient() {
    if (client != null) {
      client.close();
    }
  }

  @Test
  void shouldGiveAnOperationAgainAndNotHoldUpTheOthers() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      publish(planner, "bad", "good", "good");
      AtomicInteger failures = new AtomicInteger(2);
      // when
      try (SwarmAgent agent =
          agent(
              operation -> {
                if (text(operation).equals("bad") && failures.getAndDecrement() > 0) {
                  throw new IOException("not now");
                }
                applied.add(operation);
              })) {
        await().atMost(PATIENCE).until(() -> applied.size() == 3);
        // then
        assertThat(applied).extracting(RealNackTest::text).containsExactly("good", "good", "bad");
        assertThat(attempts).containsExactly(1, 2);
        assertThat(Redelivery.of(applied.get(2))).contains(new Redelivery(1, 2));
        assertThat(applied.get(2).getOperationClass())
            .isEqualTo(OperationClass.OPERATION_CLASS_EVENT);
        assertThat(applied.get(2).getTarget()).isEqualTo(Targets.all());
        await().atMost(PATIENCE).until(() -> replies.size() == 2);
        assertThat(replies)
            .extracting(NackReply::getOutcome)
            .containsOnly(NackReply.Outcome.OUTCOME_RETRY);
        agent.awaitCaughtUp(PATIENCE);
      }
      assertThat(parked().getParkedCount()).isZero();
    }
  }

  @Test
  void shouldTryAgainAtOnceBeforeItLetsTheOthersPass() throws Exception {
    // given handlers that fail twice at one operation and three times at another
    Map<String, AtomicInteger> failures =
        Map.of("twice", new AtomicInteger(2), "thrice", new AtomicInteger(3));
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      publish(planner, "twice", "thrice", "good");
      // when nothing is said of what to do then
      try (SwarmAgent agent =
          SwarmAgent.builder(server.target(), "s", "a")
              .on(
                  Topic.TOPIC_COMMANDS,
                  operation -> {
                    AtomicInteger left = failures.get(text(operation));
                    if (left != null && left.getAndDecrement() > 0) {
                      throw new IOException("not now");
                    }
                    applied.add(operation);
                  })
              .listener(new Telling())
              .start()) {
        await().atMost(PATIENCE).until(() -> applied.size() == 3);
        // then
        assertThat(applied)
            .extracting(RealNackTest::text)
            .containsExactly("twice", "good", "thrice");
        assertThat(Redelivery.of(applied.get(2))).contains(new Redelivery(2, 1));
        assertThat(decisions)
            .containsExactly(
                Decision.RETRY_AT_ONCE,
                Decision.RETRY_AT_ONCE,
                Decision.RETRY_AT_ONCE,
                Decision.RETRY_AT_ONCE,
                Decision.RETRY_LATER);
        agent.awaitCaughtUp(PATIENCE);
      }
    }
  }

  @Test
  void shouldNotTryAgainAtOnceWhereMostOfItFails() throws Exception {
    // given
    int operations = 40;
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      for (int i = 0; i < operations; i++) {
        planner.publish(event("value " + i)).get(30, TimeUnit.SECONDS);
      }
      // when nothing works before all of it has failed once
      AtomicBoolean down = new AtomicBoolean(true);
      try (SwarmAgent agent =
          SwarmAgent.builder(server.target(), "s", "a")
              .on(
                  Topic.TOPIC_COMMANDS,
                  operation -> {
                    if (down.get()) {
                      throw new IOException("the database is away");
                    }
                    applied.add(operation);
                  })
              .listener(new Telling())
              .start()) {
        await().atMost(PATIENCE).until(() -> agent.state() == AgentState.LIVE || held.get() > 0);
        // then
        assertThat(decisions.stream().filter(Decision.RETRY_AT_ONCE::equals)).hasSize(10);
        down.set(false);
        await().atMost(PATIENCE).until(() -> applied.size() == operations);
      }
    }
  }

  @Test
  void shouldSayForHowLongItHoldsItsLane() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmAgent agent =
            SwarmAgent.builder(server.target(), "s", "a")
                .on(
                    Topic.TOPIC_COMMANDS,
                    operation -> {
                      throw new IOException("the database is away");
                    })
                .listener(new Telling())
                .start()) {
      // when
      for (int i = 0; i < HandlerBreaker.LEAST; i++) {
        planner.publish(event("value " + i));
      }
      await().atMost(PATIENCE).until(() -> held.get() > 0);
      // then the next heartbeat says so
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  client().listAgents("s").getAgentsList().stream()
                      .anyMatch(shown -> shown.getHandlerHeldMs() > 0));
      assertThat(agent.state().isFinal()).isFalse();
    }
  }

  @Test
  void shouldParkWhatAlwaysFailsAndApplyItWhenItIsReplayed() throws Exception {
    // given a key that cannot be applied, in a state that is compared with the log
    Map<Scope, Map<String, Payload>> state = new ConcurrentHashMap<>();
    AtomicBoolean broken = new AtomicBoolean(true);
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmAgent agent =
            SwarmAgent.builder(server.target(), "s", "a")
                .on(
                    Topic.TOPIC_COMMANDS,
                    operation -> {
                      if (broken.get() && operation.getKey().equals("bad")) {
                        throw new IOException("cannot");
                      }
                      applied.add(operation);
                      Map<String, Payload> held =
                          state.computeIfAbsent(
                              Targets.scopeOf(operation), scope -> new ConcurrentHashMap<>());
                      if (operation.getTombstone()) {
                        held.remove(operation.getKey());
                      } else {
                        held.put(operation.getKey(), operation.getPayload());
                      }
                    })
                .stateOf(
                    (scope, held) -> state.getOrDefault(scope, Map.of()).forEach(held::value),
                    Duration.ofMillis(100))
                .onHandlerFailure(soon)
                .listener(new Telling())
                .start()) {
      // when
      planner.publish(keyed("bad", "value")).get(30, TimeUnit.SECONDS);
      planner.publish(keyed("good", "value")).get(30, TimeUnit.SECONDS);
      await().atMost(PATIENCE).until(() -> parked().getParkedCount() == 1);
      // then
      assertThat(attempts).containsExactly(1, 2, 3);
      assertThat(applied).extracting(Operation::getKey).containsExactly("good");
      assertThat(parked().getOperations(0).getStatus().getMessage())
          .isEqualTo("java.io.IOException: cannot");
      // and that the state lacks it is no drift: what is, is noticed
      state.get(Notation.scope("A")).remove("good");
      await().atMost(PATIENCE).until(() -> !repairs.isEmpty());
      assertThat(repairs).flatExtracting(RepairReport::keys).containsOnly("good");

      // when
      broken.set(false);
      assertThat(replay().getReplayedCount()).isEqualTo(1);
      // then
      await()
          .atMost(PATIENCE)
          .until(() -> state.get(Notation.scope("A")).keySet().equals(Set.of("bad", "good")));
      Operation replayed = applied.get(applied.size() - 1);
      assertThat(replayed.getKey()).isEqualTo("bad");
      assertThat(replayed.getTarget()).isEqualTo(Targets.all());
      assertThat(Redelivery.of(replayed).map(Redelivery::firstOpId)).contains(1L);
      assertThat(agent.state()).isIn(AgentState.LIVE, AgentState.CATCHING_UP);
    }
  }

  @Test
  void shouldHoldAValueThatItRefusedAndThatCameBackWhileItWasAway(@TempDir Path directory)
      throws Exception {
    // given an agent that refused one value and skipped another, and knows it after a restart
    Map<String, String> state = new ConcurrentHashMap<>(Map.of("parked", "old", "skipped", "old"));
    AtomicBoolean broken = new AtomicBoolean(true);
    OperationHandler handler =
        operation -> {
          if (broken.get() && text(operation).equals("new")) {
            throw new IOException("cannot");
          }
          state.put(operation.getKey(), text(operation));
        };
    HandlerFailurePolicy policy =
        (operations, failure, tried) ->
            operations.get(0).getKey().equals("parked")
                ? HandlerFailurePolicy.Decision.PARK
                : HandlerFailurePolicy.Decision.SKIP;
    SwarmAgentBuilder builder =
        SwarmAgent.builder(server.target(), "s", "a")
            .on(Topic.TOPIC_COMMANDS, handler)
            .onHandlerFailure(policy);
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      for (String key : List.of("parked", "skipped")) {
        planner.publish(keyed(key, "old")).get(30, TimeUnit.SECONDS);
        planner.publish(keyed(key, "new")).get(30, TimeUnit.SECONDS);
      }
      for (int restarts = 0; restarts < 2; restarts++) {
        try (SwarmAgent agent = builder.cursorStore(CursorStore.onDisk(directory)).start()) {
          agent.awaitCaughtUp(PATIENCE);
        }
      }
      assertThat(state).containsValues("old").doesNotContainValue("new");
      // when both move on, and back to the value that it does not have
      for (String key : List.of("parked", "skipped")) {
        planner.publish(keyed(key, "other")).get(30, TimeUnit.SECONDS);
        planner.publish(keyed(key, "new")).get(30, TimeUnit.SECONDS);
      }
      broken.set(false);
      try (SwarmAgent agent = builder.cursorStore(CursorStore.onDisk(directory)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      // then
      assertThat(state).isEqualTo(Map.of("parked", "new", "skipped", "new"));
    }
  }

  @Test
  void shouldDeleteAgainWhatCouldNotBeDeleted() throws Exception {
    // given
    AtomicInteger failures = new AtomicInteger(1);
    List<String> deleted = new CopyOnWriteArrayList<>();
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmAgent agent =
            SwarmAgent.builder(server.target(), "s", "a")
                .on(Topic.TOPIC_COMMANDS, "test.Value", applied::add)
                .onDelete(
                    Topic.TOPIC_COMMANDS,
                    operation -> {
                      if (failures.getAndDecrement() > 0) {
                        throw new IOException("not now");
                      }
                      deleted.add(operation.getKey());
                    })
                .onHandlerFailure(soon)
                .start()) {
      planner.publish(keyed("x", "value")).get(30, TimeUnit.SECONDS);
      // An agent that comes later is not given what is deleted already.
      await().atMost(PATIENCE).until(() -> applied.size() == 1);
      // when
      planner
          .publish(Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), "x"))
          .get(30, TimeUnit.SECONDS);
      // then
      await().atMost(PATIENCE).until(() -> deleted.equals(List.of("x")));
      assertThat(applied).hasSize(1);
      assertThat(agent.state()).isIn(AgentState.LIVE, AgentState.CATCHING_UP);
    }
  }

  @Test
  void shouldLoseNothingWhereTheCoordinatorIsKilledBetweenNackAndReply() throws Exception {
    // given
    int operations = 300;
    Set<Long> failed = ConcurrentHashMap.newKeySet();
    Set<Long> done = ConcurrentHashMap.newKeySet();
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmAgent agent =
            agent(
                operation -> {
                  long first =
                      Redelivery.of(operation)
                          .map(Redelivery::firstOpId)
                          .orElse(operation.getOpId());
                  if (first % 3 == 0 && failed.add(first)) {
                    throw new IOException("not now");
                  }
                  done.add(first);
                })) {
      // when
      for (int i = 0; i < operations; i++) {
        planner.publish(event("value " + i));
      }
      for (int kills = 1; kills <= 3; kills++) {
        int after = kills * 20;
        await().atMost(PATIENCE).until(() -> failed.size() >= after);
        server.stopAbruptly();
        server.start();
      }
      // then
      await().atMost(PATIENCE).until(() -> done.size() == operations);
      agent.awaitCaughtUp(PATIENCE);
      assertThat(parked().getParkedCount()).isZero();
    }
  }

  private SwarmAgent agent(OperationHandler handler) {
    return SwarmAgent.builder(server.target(), "s", "a")
        .on(Topic.TOPIC_COMMANDS, handler)
        .onHandlerFailure(soon)
        .listener(new Telling())
        .start();
  }

  private static void publish(SwarmPublisher planner, String... values) throws Exception {
    for (String value : values) {
      planner.publish(event(value)).get(30, TimeUnit.SECONDS);
    }
  }

  private static Publication event(String value) {
    return Publication.event(
        Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Value", value));
  }

  private static Publication keyed(String key, String value) {
    return Publication.keyed(
        Topic.TOPIC_COMMANDS, Targets.all(), key, Payloads.text("test.Value", value));
  }

  private static String text(Operation operation) {
    return operation.getPayload().getData().toStringUtf8();
  }

  private ListParkedResponse parked() {
    return client()
        .listParked(ListParkedRequest.newBuilder().setSwarm("s").setIncludeRetries(true).build());
  }

  private ReplayParkedResponse replay() {
    return client()
        .replayParked(ReplayParkedRequest.newBuilder().setSwarm("s").setAgent("a").build());
  }

  private SwarmClient client() {
    if (client == null) {
      client = SwarmClient.connect(server.target());
    }
    return client;
  }

  private final class Telling implements AgentListener {
    @Override
    public void nackAnswered(NackReply reply) {
      replies.add(reply);
    }

    @Override
    public void handlerFailed(
        List<Operation> operations, Throwable failure, int tried, Decision decision) {
      decisions.add(decision);
    }

    @Override
    public void handlerHeld(Log log, Duration waits) {
      held.incrementAndGet();
    }

    @Override
    public void drifted(RepairReport repair) {
      repairs.add(repair);
    }
  }
}
