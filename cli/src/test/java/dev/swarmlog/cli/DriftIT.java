package dev.swarmlog.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.AgentListener;
import dev.swarmlog.sdk.AgentState;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.Payloads;
import dev.swarmlog.sdk.Publication;
import dev.swarmlog.sdk.RepairReport;
import dev.swarmlog.sdk.StateSource;
import dev.swarmlog.sdk.SwarmAgent;
import dev.swarmlog.sdk.SwarmAgentBuilder;
import dev.swarmlog.sdk.SwarmConnection;
import dev.swarmlog.sdk.SwarmPublisher;
import dev.swarmlog.sdk.SyncReport;
import dev.swarmlog.sdk.Targets;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftReport.What;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Payload;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes of agents whose state is damaged behind their backs, and what an operator sees of
 * it. Each test has a swarm of its own.
 */
class DriftIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Scope ALL =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(Targets.all()).build();
  private static final int KEYS = 200;

  @TempDir private static Path folder;
  private static Coordinator coordinator;
  private static Coordinator lenient;

  private final Map<String, Payload> state = new ConcurrentHashMap<>();
  private final List<DriftReport> alerts = new CopyOnWriteArrayList<>();
  private final List<DriftReport> reconciliations = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    Installation installation = Installation.built();
    coordinator =
        Coordinator.start(
            installation,
            folder.resolve("data"),
            "--drift-check-interval",
            "200ms",
            "--drift-snapshot-after",
            "2",
            "--drift-stop-after",
            "3");
    lenient =
        Coordinator.start(installation, folder.resolve("lenient"), "--drift-check-interval", "0s");
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
    lenient.close();
  }

  private enum Damage {
    WRONG_VALUE {
      @Override
      void to(Map<String, Payload> state) {
        state.put("key 7", Payloads.text("", "wrong"));
      }
    },
    MISSING_KEY {
      @Override
      void to(Map<String, Payload> state) {
        state.remove("key 199");
      }
    },
    EXTRA_KEY {
      @Override
      void to(Map<String, Payload> state) {
        state.put("\uD83D\uDE00", Payloads.text("", "extra"));
      }
    },
    RESTORED_BACKUP {
      @Override
      void to(Map<String, Payload> state) {
        for (int i = 0; i < 20; i++) {
          state.put("key " + i, Payloads.text("", "older"));
          state.remove("key " + (100 + i));
        }
      }
    };

    abstract void to(Map<String, Payload> state);
  }

  @ParameterizedTest
  @EnumSource
  void shouldFindAndHealWhatWasDamaged(Damage damage) throws Exception {
    // given
    String swarm = "damaged-" + damage.name();
    Map<String, Payload> expected = publishKeys(coordinator, swarm);
    Map<String, Payload> damaged = new ConcurrentHashMap<>(expected);
    damage.to(damaged);
    try (SwarmAgent observer = observer(swarm);
        SwarmAgent agent = agent(coordinator, swarm, "a7", state).start()) {
      observer.awaitCaughtUp(PATIENCE);
      await().atMost(PATIENCE).until(() -> state.equals(expected));

      // when
      damage(damage, state);

      // then
      await().atMost(PATIENCE).until(() -> !reconciliations.isEmpty());
      assertThat(state).isEqualTo(expected);
      DriftReport healed = reconciliations.get(0);
      assertThat(healed.getAgent()).isEqualTo("a7");
      assertThat(healed.getScope()).isEqualTo(ALL);
      assertThat(healed.getWhat()).isEqualTo(What.WHAT_STATE);
      assertThat(healed.getHealing()).isEqualTo(Healing.HEALING_REPAIRED);
      assertThat(healed.getKeysList())
          .containsExactlyInAnyOrderElementsOf(differing(expected, damaged));
      assertThat(alerts).extracting(DriftReport::getHealing).containsOnly(Healing.HEALING_STARTED);
      JsonNode report = reports(swarm).get(0);
      assertThat(report.get("healing").asText()).isEqualTo("repaired");
      assertThat(report.get("keys")).hasSize(healed.getKeysCount());
      assertThat(run(coordinator, "drift", swarm).out())
          .startsWith("a7: commands for all, keyed state")
          .contains("the keys that differed were sent; agrees at ");
      assertThat(agent.state()).isEqualTo(AgentState.LIVE);
    }
  }

  @Test
  void shouldTellAnAgentThatItCountedOtherEvents() throws Exception {
    // given
    String swarm = "events";
    CursorStore store = CursorStore.inMemory();
    run(coordinator, "publish", swarm, "inspect rack 7");
    run(coordinator, "publish", swarm, "inspect rack 8");
    try (SwarmAgent agent = agent(coordinator, swarm, "a7", state).cursorStore(store).start()) {
      agent.awaitCaughtUp(PATIENCE);
    }

    // when
    store.save(withOneEventLess(store.load()), List.of());
    List<SyncReport> syncs = new CopyOnWriteArrayList<>();
    AgentListener listener =
        new AgentListener() {
          @Override
          public void synced(SyncReport report) {
            syncs.add(report);
          }
        };
    try (SwarmAgent agent =
        agent(coordinator, swarm, "a7", state).cursorStore(store).listener(listener).start()) {
      agent.awaitCaughtUp(PATIENCE);

      // then: the receipt tells, before any sums are sent, and the agent goes on from its count
      await().atMost(PATIENCE).until(() -> !syncs.isEmpty());
      assertThat(syncs.get(0).mismatches())
          .singleElement()
          .asString()
          .contains("Expected 2 events", "there were 1");
      assertThat(agent.state()).isEqualTo(AgentState.LIVE);
      assertThat(reports(swarm)).isEmpty();
    }
  }

  @Test
  void shouldTellAnAgentThatAnEventWasLostOnTheWay() throws Exception {
    // given
    String swarm = "lost";
    Map<String, Payload> expected = publishKeys(coordinator, swarm);
    List<String> events = new CopyOnWriteArrayList<>();
    List<RepairReport> repairs = new CopyOnWriteArrayList<>();
    ManagedChannel channel =
        Grpc.newChannelBuilder(coordinator.target(), InsecureChannelCredentials.create())
            .intercept(new LossyWay("inspect rack 8"))
            .build();
    AgentListener listener =
        new AgentListener() {
          @Override
          public void drifted(RepairReport repair) {
            repairs.add(repair);
          }
        };
    try (SwarmAgent observer = observer(swarm);
        SwarmConnection connection = SwarmConnection.builder(channel).build();
        SwarmAgent agent =
            keeping(SwarmAgent.builder(connection, swarm, "a7"), state, events)
                .listener(listener)
                .start()) {
      observer.awaitCaughtUp(PATIENCE);
      agent.awaitCaughtUp(PATIENCE);
      run(coordinator, "publish", swarm, "inspect rack 7");
      await().atMost(PATIENCE).until(() -> events.contains("inspect rack 7"));

      // when
      run(coordinator, "publish", swarm, "inspect rack 8");

      // then
      await().atMost(PATIENCE).until(() -> !reconciliations.isEmpty() && !repairs.isEmpty());
      DriftReport told = reconciliations.get(0);
      assertThat(told.getAgent()).isEqualTo("a7");
      assertThat(told.getScope()).isEqualTo(ALL);
      assertThat(told.getWhat()).isEqualTo(What.WHAT_EVENTS);
      assertThat(told.getHealing()).isEqualTo(Healing.HEALING_TOLD);
      assertThat(told.getHealedOpId()).isGreaterThanOrEqualTo(told.getFoundOpId());
      assertThat(told.getFoundOpId()).isGreaterThan(told.getGoodOpId());
      assertThat(alerts).extracting(DriftReport::getWhat).containsExactly(What.WHAT_EVENTS);
      assertThat(repairs).hasSize(1);
      assertThat(repairs.get(0).events()).isTrue();
      assertThat(repairs.get(0).scope()).isEqualTo(ALL);
      assertThat(repairs.get(0).keys()).isEmpty();
      assertThat(reports(swarm)).hasSize(1);
      assertThat(isLatest(swarm, 1, "told")).isTrue();
      assertThat(run(coordinator, "drift", swarm).out())
          .startsWith("a7: commands for all, events")
          .contains("the agent was told; agrees at " + told.getHealedOpId());

      // when its sums are looked at once more, and something else is found
      run(coordinator, "publish", swarm, "inspect rack 9");
      await().atMost(PATIENCE).until(() -> events.contains("inspect rack 9"));
      damage(Damage.WRONG_VALUE, state);

      // then it is nothing but that
      await().atMost(PATIENCE).until(() -> reconciliations.size() > 1);
      assertThat(reconciliations)
          .extracting(DriftReport::getWhat)
          .containsExactly(What.WHAT_EVENTS, What.WHAT_STATE);
      assertThat(reports(swarm)).hasSize(2);
      assertThat(state).isEqualTo(expected);
      assertThat(events).containsExactly("inspect rack 7", "inspect rack 9");
      assertThat(agent.state()).isEqualTo(AgentState.LIVE);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void shouldNotFeedWhoDriftsAgainAndAgainUntilReleased() throws Exception {
    // given
    String swarm = "again";
    Map<String, Payload> expected = publishKeys(coordinator, swarm);
    try (SwarmAgent agent = agent(coordinator, swarm, "a7", state).start()) {
      await().atMost(PATIENCE).until(() -> state.equals(expected));

      // when
      damage(Damage.WRONG_VALUE, state);
      await().atMost(PATIENCE).until(() -> isLatest(swarm, 1, "repaired"));
      damage(Damage.MISSING_KEY, state);
      await().atMost(PATIENCE).until(() -> isLatest(swarm, 2, "snapshot"));
      assertThat(state).isEqualTo(expected);
      damage(Damage.EXTRA_KEY, state);

      // then
      await().atMost(PATIENCE).until(() -> isLatest(swarm, 3, "stopped"));
      await().atMost(PATIENCE).until(() -> agent.state().isFinal());
    }
    assertThat(run(coordinator, "drift", swarm).out())
        .contains("a7 is not fed any more.", "swarmlog drift again --release a7");
    CommandRun compared = CommandRun.of(at(coordinator, "diff", swarm, "--agents", "a7"));
    assertThat(compared.exitCode()).isEqualTo(ExitCode.NOT_FOUND.number());

    // when
    CommandRun released = run(coordinator, "drift", swarm, "--release", "a7");

    // then
    assertThat(released.out()).contains("Released a7");
    try (SwarmAgent agent = agent(coordinator, swarm, "a7", state).start()) {
      await().atMost(PATIENCE).until(() -> state.equals(expected));
      assertThat(run(coordinator, "drift", swarm).out()).doesNotContain("not fed any more");
    }
  }

  @Test
  void shouldShowWhatAgentsHoldDifferently() throws Exception {
    // given
    String swarm = "compared";
    Map<String, Payload> expected = publishKeys(lenient, swarm);
    Map<String, Payload> other = new ConcurrentHashMap<>();
    try (SwarmAgent a7 = agent(lenient, swarm, "a7", state).start();
        SwarmAgent a8 = agent(lenient, swarm, "a8", other).start()) {
      a7.awaitCaughtUp(PATIENCE);
      a8.awaitCaughtUp(PATIENCE);
      await().atMost(PATIENCE).until(() -> state.equals(expected) && other.equals(expected));
      damage(Damage.WRONG_VALUE, state);
      damage(Damage.WRONG_VALUE, other);
      damage(Damage.EXTRA_KEY, state);
      damage(Damage.MISSING_KEY, other);

      // when
      CommandRun one = run(lenient, "diff", swarm, "--agents", "a7");
      CommandRun both = run(lenient, "diff", swarm, "--agents", "a7", "a8");
      JsonNode json =
          JSON.readTree(run(lenient, "diff", swarm, "--agents", "a7", "a8", "--json").out());
      CommandRun control = run(lenient, "diff", swarm, "--agents", "a7", "--log", "main");

      // then
      assertThat(one.out().lines())
          .containsExactly(
              "TOPIC     TARGET  KEY    a7     LOG",
              "commands  all     key 7  other  value 7",
              "commands  all     \uD83D\uDE00      extra  (none)",
              "",
              "a7 stood at main:200; 2 keys differ from the log.");
      assertThat(control.out()).isEqualTo(one.out());
      assertThat(both.out().lines())
          .containsExactly(
              "TOPIC     TARGET  KEY      a7     a8       LOG",
              "commands  all     \uD83D\uDE00        extra  same     (none)",
              "commands  all     key 199  same   missing  value 199",
              "",
              "a7 and a8 stood at main:200; they hold 2 keys differently, and 1 alike, but not as the log.");
      assertThat(json.get("differences")).hasSize(2);
      assertThat(json.get("alike").asInt()).isEqualTo(1);
    }
  }

  private static void damage(Damage damage, Map<String, Payload> state) {
    synchronized (state) {
      damage.to(state);
    }
  }

  private static List<String> differing(
      Map<String, Payload> expected, Map<String, Payload> damaged) {
    Set<String> keys = new TreeSet<>(expected.keySet());
    keys.addAll(damaged.keySet());
    return keys.stream()
        .filter(key -> !Objects.equals(expected.get(key), damaged.get(key)))
        .toList();
  }

  private static AgentCursor withOneEventLess(AgentCursor cursor) throws Exception {
    Hello.Builder form = Hello.parseFrom(cursor.toByteArray()).toBuilder();
    for (LogResume.Builder resume : form.getResumeBuilderList()) {
      for (ScopeSums.Builder sums : resume.getSumsBuilderList()) {
        if (sums.getEventCount() > 0) {
          sums.setEventCount(sums.getEventCount() - 1);
        }
      }
    }
    return AgentCursor.parse(form.build().toByteArray());
  }

  private static boolean isLatest(String swarm, int count, String healing) throws Exception {
    JsonNode reports = reports(swarm);
    return reports.size() == count
        && reports.get(0).get("healing").asText().equals(healing)
        && (healing.equals("stopped") || reports.get(0).get("healedOpId").asLong() > 0);
  }

  private static JsonNode reports(String swarm) throws Exception {
    return JSON.readTree(run(coordinator, "drift", swarm, "--json").out()).get("reports");
  }

  private SwarmAgent observer(String swarm) {
    return SwarmAgent.builder(coordinator.target(), swarm, "observer")
        .on(Topic.TOPIC_ALERTS, DriftReport.class, (operation, report) -> alerts.add(report))
        .on(
            Topic.TOPIC_RECONCILIATION,
            DriftReport.class,
            (operation, report) -> reconciliations.add(report))
        .start();
  }

  /** An agent that keeps values by key, and has what it keeps compared. */
  private static SwarmAgentBuilder agent(
      Coordinator of, String swarm, String name, Map<String, Payload> state) {
    return keeping(SwarmAgent.builder(of.target(), swarm, name), state, new ArrayList<>());
  }

  private static SwarmAgentBuilder keeping(
      SwarmAgentBuilder builder, Map<String, Payload> state, List<String> events) {
    return builder
        .topics(Topic.TOPIC_COMMANDS)
        .onBatch(batch -> batch.operations().forEach(operation -> apply(operation, state, events)))
        .stateOf((scope, held) -> hand(scope, held, state), Duration.ofMillis(200));
  }

  private static void hand(Scope scope, StateSource.Held held, Map<String, Payload> state) {
    if (scope.equals(ALL)) {
      synchronized (state) {
        state.forEach(held::value);
      }
    }
  }

  private static void apply(Operation operation, Map<String, Payload> state, List<String> events) {
    if (operation.getKey().isEmpty()) {
      events.add(operation.getPayload().getData().toStringUtf8());
    } else if (operation.getTombstone()) {
      state.remove(operation.getKey());
    } else {
      state.put(operation.getKey(), operation.getPayload());
    }
  }

  private static Map<String, Payload> publishKeys(Coordinator to, String swarm) throws Exception {
    Map<String, Payload> expected = new HashMap<>();
    try (SwarmPublisher publisher = SwarmPublisher.builder(to.target(), swarm, "planner").start()) {
      List<CompletableFuture<Position>> answers = new ArrayList<>();
      for (int i = 0; i < KEYS; i++) {
        Payload value = Payloads.text("", "value " + i);
        expected.put("key " + i, value);
        answers.add(
            publisher.publish(
                Publication.keyed(Topic.TOPIC_COMMANDS, Targets.all(), "key " + i, value)));
      }
      for (CompletableFuture<Position> answer : answers) {
        answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
    return expected;
  }

  private static CommandRun run(Coordinator coordinator, String... arguments) {
    CommandRun run = CommandRun.of(at(coordinator, arguments));
    assertThat(run.exitCode()).as(Arrays.toString(arguments) + run.err()).isZero();
    return run;
  }

  private static String[] at(Coordinator coordinator, String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--server";
    all[arguments.length + 1] = coordinator.target();
    return all;
  }
}
