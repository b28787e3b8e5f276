package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent holds is changed behind its back, and a coordinator on a real port mends it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealDriftTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Scope ALL = Notation.scope("A");
  private static final int KEYS = 300;

  @RegisterExtension
  final SwarmlogServerExtension server =
      SwarmlogServerExtension.onDisk().with("drift-check-interval", "1s");

  @TempDir Path directory;

  private final Map<Scope, Map<String, Payload>> state = new ConcurrentHashMap<>();
  private final List<RepairReport> repairs = new CopyOnWriteArrayList<>();
  private final List<Boolean> repairBatches = new CopyOnWriteArrayList<>();
  private final List<LostEvents> lost = new CopyOnWriteArrayList<>();
  private final List<SyncReport> syncs = new CopyOnWriteArrayList<>();

  @Test
  void shouldHealTheUsersOwnState() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmAgent agent =
            agent()
                .stateOf(
                    (scope, held) -> state.getOrDefault(scope, Map.of()).forEach(held::value),
                    Duration.ofSeconds(1))
                .start()) {
      Map<String, Payload> expected = publish(planner);
      await().atMost(PATIENCE).until(() -> expected.equals(state.get(ALL)));
      // when
      state.get(ALL).put("key 007", Payloads.text("test.Value", "wrong"));
      state.get(ALL).remove("key 123");
      state.get(ALL).put("key \uD83D\uDE00", Payloads.text("test.Value", "extra"));
      // then
      await().atMost(PATIENCE).until(() -> expected.equals(state.get(ALL)));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(repairs)
                      .flatExtracting(RepairReport::keys)
                      .contains("key 007", "key 123", "key \uD83D\uDE00")
                      .hasSizeLessThan(KEYS / 10));
      assertThat(repairs).allMatch(repair -> repair.scope().equals(ALL) && !repair.events());
      assertThat(agent.state()).isEqualTo(AgentState.LIVE);
    }
  }

  @Test
  void shouldHealAStoreWhoseKeysWereChanged() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      Map<String, Payload> expected = publish(planner);
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(directory)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      assertThat(state.get(ALL)).isEqualTo(expected);
      // when
      try (CursorStore store = CursorStore.onDisk(directory)) {
        store.save(
            store.load(),
            List.of(
                new HeldKey(ALL, "key 007", Notation.valueDigest("wrong")),
                new HeldKey(ALL, "key 123", ByteString.EMPTY),
                new HeldKey(ALL, "extra", Notation.valueDigest("extra"))));
      }
      state.get(ALL).put("extra", Payload.getDefaultInstance());
      syncs.clear();
      // then
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(directory)).start()) {
        await().atMost(PATIENCE).until(() -> expected.equals(state.get(ALL)));
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () ->
                    assertThat(repairs)
                        .flatExtracting(RepairReport::keys)
                        .contains("extra", "key 007", "key 123")
                        .hasSizeLessThan(KEYS / 10));
        assertThat(repairBatches).isNotEmpty();
        assertThat(syncs).noneMatch(report -> report.plan() == Plan.PLAN_SNAPSHOT);
      }
    }
  }

  /** So much of the cursor file is left. Without its header it is refused. */
  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3, 0.7, 0.99})
  void shouldHoldTheStateWhereItsStoreWasTruncated(double part) throws Exception {
    // given an agent that was away while a key was deleted
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      Map<String, Payload> expected = publish(planner);
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(directory)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      planner
          .publish(Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), "key 007"))
          .get(30, TimeUnit.SECONDS);
      expected.remove("key 007");
      state.get(ALL).put("key 123", Payloads.text("test.Value", "wrong"));
      // when
      Path file = directory.resolve("cursor");
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, (int) (whole.length * part)));
      // then
      try (SwarmAgent agent =
          agent()
              .cursorStore(CursorStore.onDisk(directory))
              .stateOf(
                  (scope, held) -> state.getOrDefault(scope, Map.of()).forEach(held::value),
                  Duration.ofSeconds(1))
              .start()) {
        await().atMost(PATIENCE).until(() -> expected.equals(state.get(ALL)));
        assertThat(agent.state()).isIn(AgentState.LIVE, AgentState.CATCHING_UP);
      }
    }
  }

  @Test
  void shouldGoOnFromAnOlderCopyOfItsStore() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      Map<String, Payload> expected = publish(planner);
      Path copy = Files.createDirectory(directory.resolve("copy"));
      Path used = directory.resolve("used");
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(used)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      Files.copy(used.resolve("cursor"), copy.resolve("cursor"));
      Payload newer = Payloads.text("test.Value", "newer");
      expected.put("key 007", newer);
      planner
          .publish(Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), "key 007", newer))
          .get(30, TimeUnit.SECONDS);
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(used)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      syncs.clear();
      // when
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(copy)).start()) {
        agent.awaitCaughtUp(PATIENCE);
        // then
        await()
            .atMost(PATIENCE)
            .until(() -> syncs.stream().anyMatch(report -> report.received() == 1));
      }
      assertThat(syncs)
          .allMatch(report -> report.mismatches().isEmpty() && report.plan() != Plan.PLAN_SNAPSHOT);
      assertThat(state.get(ALL)).isEqualTo(expected);
      assertThat(repairs).isEmpty();
    }
  }

  @Test
  void shouldTellWhatIsLostBelowTheHorizonAndHoldTheStateThen() throws Exception {
    // given an agent that was away while keys were set, changed and deleted, and events came
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmClient client = SwarmClient.connect(server.target())) {
      Map<String, Payload> expected = publish(planner);
      Path store = directory.resolve("store");
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(store)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      planner.publish(Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), "key 007"));
      expected.remove("key 007");
      Payload newer = Payloads.text("test.Value", "newer");
      planner.publish(Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), "key 123", newer));
      expected.put("key 123", newer);
      publishEvent(planner);
      long horizon = publishEvent(planner);
      client.compactSwarm("s", Log.LOG_MAIN, horizon);
      // when
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(store)).start()) {
        agent.awaitCaughtUp(PATIENCE);
        await().atMost(PATIENCE).until(() -> !lost.isEmpty());
      }
      // then
      assertThat(lost).hasSize(1);
      assertThat(lost.get(0).getScope()).isEqualTo(ALL);
      assertThat(lost.get(0).getToOpId()).isEqualTo(horizon);
      assertThat(lost.get(0).getCount()).isEqualTo(2);
      assertThat(state.get(ALL)).isEqualTo(expected);
      assertThat(syncs).allMatch(report -> report.mismatches().isEmpty());
      // and only what differs was sent: one key that was set, one that was deleted
      SyncReport last = syncs.get(syncs.size() - 1);
      assertThat(last.plan()).isEqualTo(Plan.PLAN_SNAPSHOT);
      assertThat(last.paged()).isEqualTo(1);
      assertThat(repairs).isEmpty();
    }
  }

  @Test
  void shouldHandOutNothingBeforeTheProgramKnowsWhatIsLost() throws Exception {
    // given an agent that was away, events that are gone, and one that is not
    Path store = directory.resolve("store");
    loseEventsOf(store);
    CountDownLatch handled = new CountDownLatch(1);
    List<Boolean> handledBefore = new CopyOnWriteArrayList<>();
    // when
    try (SwarmAgent agent =
        SwarmAgent.builder(server.target(), "s", "a")
            .topics(Topic.TOPIC_COMMANDS)
            .onBatch(batch -> handled.countDown())
            .cursorStore(CursorStore.onDisk(store))
            .listener(
                new AgentListener() {
                  @Override
                  public void lost(Log log, List<LostEvents> events) {
                    handledBefore.add(handledWithin(handled, Duration.ofSeconds(1)));
                  }
                })
            .start()) {
      agent.awaitCaughtUp(PATIENCE);
    }
    // then
    assertThat(handledWithin(handled, PATIENCE)).isTrue();
    assertThat(handledBefore).containsExactly(false);
  }

  @Test
  void shouldCloseWhileTheProgramIsToldWhatIsLost() throws Exception {
    // given
    Path store = directory.resolve("store");
    loseEventsOf(store);
    CompletableFuture<SwarmAgent> started = new CompletableFuture<>();
    AgentListener closing =
        new AgentListener() {
          @Override
          public void lost(Log log, List<LostEvents> events) {
            started.join().close(Duration.ofHours(1));
          }
        };
    // when
    SwarmAgent agent =
        SwarmAgent.builder(server.target(), "s", "a")
            .topics(Topic.TOPIC_COMMANDS)
            .onBatch(batch -> {})
            .cursorStore(CursorStore.onDisk(store))
            .listener(closing)
            .start();
    started.complete(agent);
    // then
    await().atMost(PATIENCE).until(() -> agent.state() == AgentState.CLOSED);
  }

  private static boolean handledWithin(CountDownLatch handled, Duration time) {
    try {
      return handled.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("Expected to wait for a handler, but was interrupted", e);
    }
  }

  /** Two events that an agent with this store was not given are compacted; behind them is one. */
  private void loseEventsOf(Path store) throws Exception {
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start();
        SwarmClient client = SwarmClient.connect(server.target())) {
      publish(planner);
      try (SwarmAgent agent = agent().cursorStore(CursorStore.onDisk(store)).start()) {
        agent.awaitCaughtUp(PATIENCE);
      }
      publishEvent(planner);
      client.compactSwarm("s", Log.LOG_MAIN, publishEvent(planner));
      publishEvent(planner);
    }
  }

  private static long publishEvent(SwarmPublisher planner) throws Exception {
    return planner
        .publish(
            Publication.event(
                Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Event", "an event")))
        .get(30, TimeUnit.SECONDS)
        .getOpId();
  }

  private SwarmAgentBuilder agent() {
    return SwarmAgent.builder(server.target(), "s", "a")
        .topics(Topic.TOPIC_COMMANDS)
        .onBatch(this::apply)
        .listener(
            new AgentListener() {
              @Override
              public void drifted(RepairReport repair) {
                repairs.add(repair);
              }

              @Override
              public void lost(Log log, List<LostEvents> events) {
                lost.addAll(events);
              }

              @Override
              public void synced(SyncReport report) {
                syncs.add(report);
              }
            });
  }

  private void apply(Batch batch) {
    if (batch.repair()) {
      repairBatches.add(true);
    }
    for (Operation operation : batch.operations()) {
      Map<String, Payload> held =
          state.computeIfAbsent(Targets.scopeOf(operation), scope -> new ConcurrentHashMap<>());
      if (operation.getTombstone()) {
        held.remove(operation.getKey());
      } else {
        held.put(operation.getKey(), operation.getPayload());
      }
    }
  }

  private static Map<String, Payload> publish(SwarmPublisher planner) throws Exception {
    Map<String, Payload> expected = new HashMap<>();
    for (int i = 0; i < KEYS; i++) {
      String key = "key %03d".formatted(i);
      Payload value = Payloads.text("test.Value", "value " + i);
      expected.put(key, value);
      planner.publish(Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), key, value));
    }
    Payload last = Payloads.text("test.Value", "last");
    expected.put("last", last);
    planner
        .publish(Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), "last", last))
        .get(30, TimeUnit.SECONDS);
    return expected;
  }
}
