package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Swarm;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The SDK against a coordinator on a real port. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String TYPE = "test.Work";

  @RegisterExtension final SwarmlogServerExtension server = SwarmlogServerExtension.onDisk();

  @TempDir Path directory;

  @Test
  void shouldDeliverEachTargetToWhomItIsFor() throws Exception {
    // given
    List<String> surveyor = new CopyOnWriteArrayList<>();
    List<String> other = new CopyOnWriteArrayList<>();
    try (SwarmAgent first = agent("a1", surveyor).role("surveyor").start();
        SwarmAgent second = agent("a2", other).start();
        SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      // when
      get(planner.publish(event(Targets.all(), "all")));
      get(planner.publish(event(Targets.agent("a2"), "one")));
      get(planner.publish(event(Targets.role("surveyor"), "role")));
      Position last = get(planner.publish(event(Targets.all(), "end")));
      // then
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(surveyor).containsExactly("all", "role", "end");
                assertThat(other).containsExactly("all", "one", "end");
              });
      await().atMost(PATIENCE).until(() -> first.positions().containsValue(last));
      await().atMost(PATIENCE).until(() -> second.positions().containsValue(last));
      assertThat(first.state()).isEqualTo(AgentState.LIVE);
      await().atMost(PATIENCE).until(() -> first.clockOffset().isPresent());
    }
  }

  @Test
  void shouldHandGroupsOverWhole() throws Exception {
    // given
    List<List<String>> groups = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent =
        SwarmAgent.builder(server.target(), "s", "a")
            .onBatch(
                batch ->
                    batch
                        .groups()
                        .forEach(
                            group -> groups.add(group.stream().map(RealServerTest::text).toList())))
            .start()) {
      // when
      GroupPosition where =
          get(
              agent
                  .publisher()
                  .publishGroup(List.of(event(Targets.all(), "x"), event(Targets.all(), "y"))));
      get(agent.publisher().publish(event(Targets.all(), "z")));
      // then
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(groups).containsExactly(List.of("x", "y"), List.of("z")));
      assertThat(where.last().getOpId() - where.firstOpId()).isEqualTo(1);
    }
  }

  @Test
  void shouldResumeWhereItsCursorIs() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      List<String> before = new CopyOnWriteArrayList<>();
      try (SwarmAgent agent =
          agent("a", before).cursorStore(CursorStore.onDisk(directory)).start()) {
        get(planner.publish(event(Targets.all(), "1")));
        get(planner.publish(event(Targets.all(), "2")));
        await().atMost(PATIENCE).until(() -> before.size() == 2);
      }
      // when
      get(planner.publish(event(Targets.all(), "3")));
      List<String> after = new CopyOnWriteArrayList<>();
      try (SwarmAgent agent =
          agent("a", after).cursorStore(CursorStore.onDisk(directory)).start()) {
        agent.awaitCaughtUp(PATIENCE);
        // then
        assertThat(after).containsExactly("3");
      }
    }
  }

  @Test
  void shouldBeGivenWhatDiffersAndNothingElse() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      for (String key : List.of("back", "changed", "gone", "kept")) {
        get(planner.publish(keyed(Topic.TOPIC_COMMANDS, key, "old")));
      }
      List<String> before = batches(Topic.TOPIC_COMMANDS);
      assertThat(before)
          .containsExactly("back=old", "changed=old", "gone=old", "kept=old", "PLAN_DELTA: []");
      // when
      for (String value : List.of("other", "old")) {
        get(planner.publish(keyed(Topic.TOPIC_COMMANDS, "back", value)));
        get(planner.publish(keyed(Topic.TOPIC_COMMANDS, "changed", value + "er")));
      }
      get(planner.publish(event(Targets.all(), "event")));
      get(planner.publish(Publication.delete(Topic.TOPIC_COMMANDS, Targets.all(), "gone")));
      // then
      assertThat(batches(Topic.TOPIC_COMMANDS))
          .containsExactly("changed=older", "=event", "gone deleted", "PLAN_DELTA: []");
      assertThat(batches(Topic.TOPIC_COMMANDS)).containsExactly("PLAN_CURRENT: []");
    }
  }

  @Test
  void shouldTakeOverTopicsThatAreAddedAndDropThoseThatAreGone() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      get(planner.publish(keyed(Topic.TOPIC_COMMANDS, "c", "1")));
      for (int i = 0; i < 3; i++) {
        get(planner.publish(keyed(Topic.TOPIC_ALERTS, "a", "older " + i)));
      }
      assertThat(batches(Topic.TOPIC_COMMANDS)).containsExactly("c=1", "PLAN_DELTA: []");
      // when
      get(planner.publish(keyed(Topic.TOPIC_COMMANDS, "d", "1")));
      get(planner.publish(keyed(Topic.TOPIC_ALERTS, "a", "newest")));
      List<String> added = batches(Topic.TOPIC_COMMANDS, Topic.TOPIC_ALERTS);
      get(planner.publish(keyed(Topic.TOPIC_ALERTS, "b", "new")));
      List<String> dropped = batches(Topic.TOPIC_ALERTS);
      List<String> another = batches(Topic.TOPIC_COMMANDS);
      // then
      assertThat(added).containsExactly("d=1", "a=newest", "PLAN_DELTA: []");
      assertThat(dropped)
          .containsExactlyInAnyOrder("c deleted", "d deleted", "b=new", "PLAN_DELTA: []");
      assertThat(another.subList(0, 2)).containsExactlyInAnyOrder("a deleted", "b deleted");
      assertThat(another.subList(2, 4)).containsExactlyInAnyOrder("c=1", "d=1");
      assertThat(another.get(4)).endsWith(": []");
    }
  }

  @Test
  void shouldMendAStateThatIsNotTheLogs() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      for (String key : List.of("a", "b", "c")) {
        get(planner.publish(keyed(Topic.TOPIC_COMMANDS, key, "1")));
      }
      batches(Topic.TOPIC_COMMANDS);
      // when
      try (CursorStore store = CursorStore.onDisk(directory)) {
        AgentCursor cursor = store.load();
        HeldKey a =
            store.heldKeys().stream().filter(key -> key.key().equals("a")).findAny().orElseThrow();
        HeldKey wrong = new HeldKey(a.scope(), "wrong", a.valueDigest());
        HeldKey lost = new HeldKey(a.scope(), "a", com.google.protobuf.ByteString.EMPTY);
        LaneLedger ledger =
            new LaneLedger(cursor.resume(dev.swarmlog.v1.Log.LOG_MAIN), true, store.heldKeys());
        // As if a handler had been given these two.
        PreparedStep forged =
            ledger.prepare(
                new LaneStep(
                    dev.swarmlog.v1.Log.LOG_MAIN,
                    0,
                    dev.swarmlog.v1.LogResume.newBuilder()
                        .setPosition(cursor.position(dev.swarmlog.v1.Log.LOG_MAIN).orElseThrow())
                        .build(),
                    new LaneStep.Delivered(
                        List.of(
                            Notation.keyed(1, a.scope(), "a", null),
                            Notation.keyed(2, a.scope(), "wrong", "1")),
                        List.of(),
                        false),
                    null));
        store.save(cursor.with(forged.after()), forged.batch().changedKeys());
        assertThat(List.of(wrong.key(), lost.key()))
            .containsExactlyInAnyOrderElementsOf(
                forged.batch().changedKeys().stream().map(HeldKey::key).toList());
      }
      // then
      assertThat(batches(Topic.TOPIC_COMMANDS))
          .containsExactly("a=1", "wrong deleted", "PLAN_SNAPSHOT: []");
      assertThat(batches(Topic.TOPIC_COMMANDS)).containsExactly("PLAN_CURRENT: []");
    }
  }

  @Test
  void shouldPublishEachOnceAndApplyEachOnceWhileTheCoordinatorIsStoppedAbruptly()
      throws Exception {
    // given
    int count = 4_000;
    List<String> applied = new CopyOnWriteArrayList<>();
    ConcurrentLinkedQueue<Integer> unanswered = new ConcurrentLinkedQueue<>();
    try (SwarmAgent agent = agent("a", applied).cursorStore(CursorStore.onDisk(directory)).start();
        SwarmPublisher planner =
            SwarmPublisher.builder(server.target(), "s", "planner")
                .maxQueued(500, 1 << 20)
                .overflow(Overflow.BLOCK)
                .start()) {
      // when
      List<CompletableFuture<Position>> futures = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        futures.add(planner.publish(event(Targets.all(), Integer.toString(i))));
        if (i == 1_000 || i == 2_500) {
          unanswered.add(planner.pending());
          server.stopAbruptly();
          server.start();
        }
      }
      // then
      long lastOpId = 0;
      for (CompletableFuture<Position> future : futures) {
        long opId = get(future).getOpId();
        assertThat(opId).isGreaterThan(lastOpId);
        lastOpId = opId;
      }
      List<String> expected = IntStream.range(0, count).mapToObj(Integer::toString).toList();
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(applied).hasSize(count));
      assertThat(applied).isEqualTo(expected);
      assertThat(tail()).isEqualTo(expected);
      // A restart that finds nothing in flight proves nothing.
      assertThat(unanswered).allMatch(pending -> pending > 0);
    }
  }

  @Test
  void shouldComeBackAfterAGracefulRestart() throws Exception {
    // given
    List<String> applied = new CopyOnWriteArrayList<>();
    List<String> told = new CopyOnWriteArrayList<>();
    AgentListener listener =
        new AgentListener() {
          @Override
          public void disconnected(RetryableException why, Duration retryIn) {
            told.add("disconnected");
          }

          @Override
          public void draining(String reason) {
            told.add("draining");
          }
        };
    try (SwarmAgent agent = agent("a", applied).listener(listener).start()) {
      agent.awaitCaughtUp(PATIENCE);
      // when
      server.restart();
      // then
      await().atMost(PATIENCE).until(() -> told.contains("disconnected"));
      agent.awaitCaughtUp(PATIENCE);
      get(agent.publisher().publish(event(Targets.all(), "after")));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(applied).containsExactly("after"));
    }
  }

  @Test
  void shouldStopTheOlderOfTwoInstances() throws Exception {
    // given
    AtomicReference<TerminalException> refused = new AtomicReference<>();
    AgentListener listener =
        new AgentListener() {
          @Override
          public void refused(TerminalException why) {
            refused.set(why);
          }
        };
    try (SwarmAgent older = agent("a", new ArrayList<>()).listener(listener).start()) {
      older.awaitCaughtUp(PATIENCE);
      // when
      try (SwarmAgent newer = agent("a", new ArrayList<>()).start()) {
        newer.awaitCaughtUp(PATIENCE);
        // then
        await().atMost(PATIENCE).until(() -> older.state() == AgentState.FAILED);
        await().atMost(PATIENCE).until(() -> refused.get() != null);
        assertThat(refused.get().reason()).isEqualTo(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED);
        assertThat(refused.get().action()).contains("one instance");
        assertThat(newer.state()).isEqualTo(AgentState.LIVE);
        assertThatThrownBy(() -> older.awaitCaughtUp(PATIENCE)).isSameAs(refused.get());
      }
    }
  }

  @Test
  void shouldFailOneRefusedPublicationAndKeepTheOthersInOrder() throws Exception {
    // given
    try (SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      // when
      List<CompletableFuture<Position>> good = new ArrayList<>();
      CompletableFuture<Position> bad = null;
      for (int i = 0; i < 200; i++) {
        if (i == 50) {
          bad =
              planner.publish(
                  Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), "", work("bad")));
        }
        good.add(planner.publish(event(Targets.all(), Integer.toString(i))));
      }
      // then
      CompletableFuture<Position> refused = bad;
      assertThatThrownBy(() -> get(refused))
          .cause()
          .isInstanceOfSatisfying(
              TerminalException.class,
              e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT));
      for (CompletableFuture<Position> future : good) {
        get(future);
      }
      assertThat(tail()).isEqualTo(IntStream.range(0, 200).mapToObj(Integer::toString).toList());
    }
  }

  @Test
  void shouldPublishFromAHandler() throws Exception {
    // given
    List<String> results = new CopyOnWriteArrayList<>();
    AtomicReference<SwarmAgent> self = new AtomicReference<>();
    try (SwarmAgent agent =
        SwarmAgent.builder(server.target(), "s", "a")
            .on(
                Topic.TOPIC_COMMANDS,
                TYPE,
                operation ->
                    get(
                        self.get()
                            .publisher()
                            .publish(
                                Publication.event(
                                    Topic.TOPIC_RECONCILIATION,
                                    Targets.all(),
                                    work("done " + text(operation))))))
            .on(Topic.TOPIC_RECONCILIATION, TYPE, operation -> results.add(text(operation)))
            .start()) {
      self.set(agent);
      // when
      get(agent.publisher().publish(event(Targets.all(), "it")));
      // then
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(results).containsExactly("done it"));
    }
  }

  @Test
  void shouldGetTheFirstAnswerUnderAnIdempotencyKey() throws Exception {
    // given
    try (SwarmPublisher first = SwarmPublisher.builder(server.target(), "s", "p").start();
        SwarmPublisher second = SwarmPublisher.builder(server.target(), "s", "p").start()) {
      Publication publication = event(Targets.all(), "x").withIdempotencyKey("key-1");
      // when
      GroupPosition once = get(first.publishGroup(List.of(publication)));
      GroupPosition again = get(second.publishGroup(List.of(publication)));
      // then
      assertThat(again.last()).isEqualTo(once.last());
      assertThat(again.duplicate()).isTrue();
      assertThat(tail()).containsExactly("x");
    }
  }

  @Test
  void shouldCarryTelemetryOnALaneOfItsOwn() throws Exception {
    // given
    List<String> seen = new CopyOnWriteArrayList<>();
    try (SwarmAgent reader =
        SwarmAgent.builder(server.target(), "s", "reader")
            .on(Topic.TOPIC_TELEMETRY, TYPE, operation -> seen.add(text(operation)))
            .on(Topic.TOPIC_COMMANDS, operation -> {})
            .start()) {
      reader.awaitCaughtUp(PATIENCE);
      try (SwarmPublisher sensor = SwarmPublisher.builder(server.target(), "s", "sensor").start()) {
        // when
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  sensor.telemetry(Publication.measurement(Targets.all(), work("21.5")));
                  return !seen.isEmpty();
                });
        // then
        assertThat(seen).containsOnly("21.5");
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  TelemetryCounts counts = sensor.telemetryCounts();
                  assertThat(counts.taken() + counts.shed() + counts.dropped())
                      .isEqualTo(counts.offered());
                });
      }
    }
  }

  @Test
  void shouldAdministerSwarms() {
    try (SwarmClient client = SwarmClient.connect(server.target())) {
      // when
      Swarm created = client.createSwarm("fresh");
      // then
      assertThat(client.listSwarms()).extracting(Swarm::getName).containsExactly("fresh");
      assertThat(client.getSwarm("fresh").getSwarm().getEpoch()).isEqualTo(created.getEpoch());
      assertThat(client.status().getSwarmCount()).isEqualTo(1);
      assertThat(client.listAgents("fresh").getAgentsList()).isEmpty();
      assertThatThrownBy(() -> client.createSwarm("fresh"))
          .isInstanceOfSatisfying(
              TerminalException.class,
              e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_SWARM_EXISTS));
    }
  }

  /**
   * What an agent with a view of these topics is given until it has caught up, and what it says of
   * the sync.
   */
  private List<String> batches(Topic first, Topic... more) throws Exception {
    List<String> given = new CopyOnWriteArrayList<>();
    AgentListener listener =
        new AgentListener() {
          @Override
          public void synced(SyncReport report) {
            assertThat(report.redundant()).isZero();
            given.add(report.plan() + ": " + report.mismatches());
          }
        };
    try (SwarmAgent agent =
        SwarmAgent.builder(server.target(), "s", "keeper")
            .onBatch(
                batch ->
                    batch
                        .operations()
                        .forEach(
                            operation ->
                                given.add(
                                    operation.getKey()
                                        + (operation.getTombstone()
                                            ? " deleted"
                                            : "=" + text(operation)))))
            .topics(first, more)
            .cursorStore(CursorStore.onDisk(directory))
            .listener(listener)
            .start()) {
      agent.awaitCaughtUp(PATIENCE);
      await().atMost(PATIENCE).until(() -> given.stream().anyMatch(line -> line.endsWith("]")));
    }
    return given;
  }

  private static Publication keyed(Topic topic, String key, String text) {
    return Publication.keyed(topic, Targets.all(), key, work(text));
  }

  private SwarmAgentBuilder agent(String name, List<String> applied) {
    return SwarmAgent.builder(server.target(), "s", name)
        .on(Topic.TOPIC_COMMANDS, TYPE, operation -> applied.add(text(operation)));
  }

  private List<String> tail() {
    List<String> texts = new ArrayList<>();
    try (SwarmClient client = SwarmClient.connect(server.target());
        FrameStream<TailResponse> frames =
            client.tail(
                TailRequest.newBuilder()
                    .setSwarm("s")
                    .setLog(dev.swarmlog.v1.Log.LOG_MAIN)
                    .setAfterOpId(0)
                    .setStopAtHead(true)
                    .build())) {
      frames.forEachRemaining(
          frame ->
              frame
                  .getDelivery()
                  .getOperationsList()
                  .forEach(operation -> texts.add(text(operation))));
    }
    return texts;
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static Publication event(dev.swarmlog.v1.Target target, String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, target, work(text));
  }

  private static dev.swarmlog.v1.Payload work(String text) {
    return Payloads.text(TYPE, text);
  }

  private static String text(Operation operation) {
    return operation.getPayload().getData().toStringUtf8();
  }
}
