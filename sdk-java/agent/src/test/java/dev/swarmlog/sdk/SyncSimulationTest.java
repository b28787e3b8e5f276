package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Welcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of an agent that resumes by the minimal delta: the log grows, events expire,
 * streams break at any moment, also while a handler has a batch, the agent crashes before, in the
 * middle of and after its effects, its view changes, it falls behind, and now and then history
 * forks or the agent's state is damaged. In the end it holds what a naive fold of the log holds;
 * and no exact sync brings anything in vain. Reproduce one by its seed: {@code
 * -Dsimulation.seed=…}, with {@code -Dsimulation.trace=true} to read it; run more by {@code
 * -Dsimulation.histories=…}.
 */
class SyncSimulationTest {
  private static final int HISTORIES = Integer.getInteger("simulation.histories", 1_500);
  private static final int STEPS = 250;
  private static final List<Scope> SCOPES =
      List.of(Notation.scope("A"), Notation.scope("B"), Notation.scope("C"));

  enum Effects {
    COMMITTED_WITH_THE_CURSOR,
    BEFORE_THE_CURSOR,
    WITHOUT_KEY_INDEX
  }

  @ParameterizedTest
  @EnumSource
  void shouldHoldWhatAFoldOfTheLogHolds(Effects effects) {
    // given
    Long only = Long.getLong("simulation.seed");
    Map<String, Integer> seen = new TreeMap<>();
    for (long seed = only == null ? 1 : only; seed <= (only == null ? HISTORIES : only); seed++) {
      History history = new History(seed, effects);
      try {
        // when
        history.run();
        // then
        history.check();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("Reproduce with -Dsimulation.seed=" + seed, e);
      }
      history.seen.forEach((what, count) -> seen.merge(what, count, Integer::sum));
    }
    History.trace(effects + " " + seen);
    if (only == null) {
      assertThat(seen)
          .containsKeys("PLAN_DELTA", "PLAN_SNAPSHOT", "PLAN_CURRENT", "inexact", "fell behind");
      assertThat(seen.get("crash")).isGreaterThan(1_000);
    }
  }

  @Test
  void shouldNotPassWhereAnEntryIsLost() {
    // The check itself must be able to fail.
    History history = new History(1, Effects.COMMITTED_WITH_THE_CURSOR);
    history.run();
    history.state.get(SCOPES.get(0)).clear();
    assertThatThrownBy(history::check).isInstanceOf(AssertionError.class);
  }

  private static final class History implements AgentSession.Output, AgentListener {
    final Random random;
    final Effects effects;
    final Map<String, Integer> seen = new HashMap<>();
    final SimulatedCoordinator coordinator;
    List<Scope> view = SCOPES;
    // What the user holds, and what is stored.
    final Map<Scope, Map<String, ByteString>> state = new HashMap<>();
    final List<String> events = new ArrayList<>();
    AgentCursor durable = AgentCursor.empty();
    CursorStore keys = CursorStore.inMemory();

    AgentSession session;
    LaneLedger ledger;
    LogResume hello;
    boolean control;
    boolean attached;
    int requested;
    boolean reconnect;
    boolean retry;
    boolean flush;
    LaneStep running;
    LaneStep failed;
    PreparedStep prepared;
    boolean faulty = true;
    // Events of another history, or of before a scope was added, are nobody's loss.
    boolean forked;
    boolean damaged;
    final Set<Scope> everDropped = new HashSet<>();

    History(long seed, Effects effects) {
      this.random = new Random(seed);
      this.effects = effects;
      this.coordinator = new SimulatedCoordinator(random, view);
      boot();
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
      }
      faulty = false;
      for (int i = 0; i < 5_000 && !isDone(); i++) {
        step();
      }
    }

    private boolean isDone() {
      return session.state() == AgentState.LIVE
          && running == null
          && failed == null
          && durable.position(Log.LOG_MAIN).orElseThrow().getOpId() == coordinator.head();
    }

    private void step() {
      switch (random.nextInt(16)) {
        case 0 -> {
          if (faulty) {
            breakStreams();
          }
        }
        case 1 -> {
          if (faulty && random.nextInt(3) == 0) {
            crash();
          }
        }
        case 2, 3 -> timers();
        case 4, 5, 6, 7 -> finish();
        case 8, 9, 10 -> {
          if (faulty) {
            grow();
          }
        }
        case 11 -> {
          if (faulty && random.nextInt(10) == 0) {
            disaster();
          }
        }
        default -> {
          if (control) {
            welcome();
          } else {
            deliver();
          }
        }
      }
    }

    private void timers() {
      if (reconnect) {
        reconnect = false;
        session.timer(new TimerKey(TimerKey.Kind.RECONNECT, null), 0);
      } else if (flush) {
        flush = false;
        session.timer(new TimerKey(TimerKey.Kind.FLUSH, Log.LOG_MAIN), 0);
      } else if (retry) {
        retry = false;
        session.timer(new TimerKey(TimerKey.Kind.RETRY, Log.LOG_MAIN), 0);
      }
    }

    private void grow() {
      long opId = coordinator.head() + 1;
      Scope scope = SCOPES.get(random.nextInt(SCOPES.size()));
      String key = List.of("x", "\uFFFD", "\uD83D\uDE00").get(random.nextInt(3));
      switch (random.nextInt(6)) {
        case 0 -> coordinator.append(Notation.event(opId, scope));
        case 1 -> coordinator.append(Notation.keyed(opId, scope, key, null));
        case 2 -> {
          if (opId > 1) {
            coordinator.expire(1 + random.nextInt((int) opId - 1));
          }
        }
        default ->
            coordinator.append(Notation.keyed(opId, scope, key, random.nextBoolean() ? "a" : "b"));
      }
    }

    private void disaster() {
      switch (random.nextInt(3)) {
        case 0 -> {
          // The view belongs to the settings of the agent: it changes with a restart.
          List<Scope> changed = new ArrayList<>(SCOPES);
          Collections.shuffle(changed, random);
          changed = new ArrayList<>(changed.subList(0, 1 + random.nextInt(3)));
          changed.sort(java.util.Comparator.comparingInt(SCOPES::indexOf));
          for (Scope scope : view) {
            if (!changed.contains(scope)) {
              everDropped.add(scope);
            }
          }
          SCOPES.stream().filter(scope -> !view.contains(scope)).forEach(everDropped::add);
          view = changed;
          coordinator.view(view);
          crash();
        }
        case 1 -> {
          forked = true;
          breakStreams();
          coordinator.fork();
          count("fork");
        }
        default -> {
          if (effects == Effects.COMMITTED_WITH_THE_CURSOR && running == null && failed == null) {
            damage();
          }
        }
      }
    }

    /** The user's state and the index lose a key, unnoticed; the sums with it. */
    private void damage() {
      LogResume stands = durable.resume(Log.LOG_MAIN);
      List<HeldKey> held = List.copyOf(keys.heldKeys());
      if (stands == null || held.isEmpty() || stands.hasTriple() || stands.hasSnapshot()) {
        return;
      }
      HeldKey lost = held.get(random.nextInt(held.size()));
      if (!stands.getScopesList().contains(lost.scope())) {
        return;
      }
      state.get(lost.scope()).remove(lost.key());
      keys.save(durable, List.of(new HeldKey(lost.scope(), lost.key(), ByteString.EMPTY)));
      NaiveFold fold = new NaiveFold();
      keys.heldKeys()
          .forEach(
              key ->
                  fold.values
                      .computeIfAbsent(key.scope(), absent -> new HashMap<>())
                      .put(key.key(), key.valueDigest()));
      LogResume.Builder changed = stands.toBuilder();
      changed
          .getSumsBuilderList()
          .forEach(
              sums -> {
                if (!sums.getStateDigest().isEmpty()) {
                  sums.setStateDigest(fold.sums(sums.getScope()).getStateDigest());
                }
              });
      durable = durable.with(changed.build());
      damaged = true;
      count("damage");
      crash();
    }

    private void welcome() {
      control = false;
      session.controlFrame(
          ControlResponse.newBuilder()
              .setWelcome(
                  Welcome.newBuilder()
                      .setSessionId("s")
                      .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
                      .addPlans(coordinator.plan(hello)))
              .build(),
          0,
          0);
    }

    private void deliver() {
      if (attached && requested > 0) {
        DataResponse frame = coordinator.frame();
        if (frame != null) {
          trace("frame " + com.google.protobuf.TextFormat.shortDebugString(frame));
          requested--;
          if (frame.hasFellBehind()) {
            count("fell behind");
          }
          session.laneFrame(Log.LOG_MAIN, frame, 0);
        }
      }
    }

    private void finish() {
      if (running == null) {
        return;
      }
      if (prepared == null) {
        prepared = ledger.prepare(running);
      }
      announce();
      boolean atomic = effects != Effects.BEFORE_THE_CURSOR;
      if (faulty && random.nextInt(6) == 0) {
        if (!atomic) {
          apply(random.nextInt(prepared.batch().operations().size() + 1));
        }
        if (random.nextBoolean()) {
          crash();
        } else {
          failed = running;
          running = null;
          session.applyFailed(Log.LOG_MAIN, 0);
        }
        return;
      }
      apply(prepared.batch().operations().size());
      if (faulty && !atomic && random.nextInt(10) == 0) {
        crash();
        return;
      }
      durable = durable.with(prepared.after());
      keys.save(durable, prepared.batch().changedKeys());
      if (faulty && random.nextInt(12) == 0) {
        crash();
        return;
      }
      PreparedStep done = prepared;
      trace("commit " + Notation.text(done.after()));
      running = null;
      prepared = null;
      session.applied(Log.LOG_MAIN, done, 0);
    }

    /** As an agent with handlers does. */
    private void announce() {
      if (effects == Effects.BEFORE_THE_CURSOR) {
        CommittedCursor cursor = new CommittedCursor(durable);
        cursor.announce(prepared, keys);
        durable = cursor.get();
      }
    }

    private void apply(int operations) {
      Batch batch = prepared.batch();
      for (KeyInterval replaced : batch.replaced()) {
        state
            .getOrDefault(replaced.scope(), new HashMap<>())
            .keySet()
            .removeIf(
                key ->
                    Utf8.compare(key, replaced.afterKey()) > 0
                        && (replaced.throughKey().isEmpty()
                            || Utf8.compare(key, replaced.throughKey()) <= 0));
      }
      for (Operation operation : batch.operations().subList(0, operations)) {
        Scope scope = NaiveFold.scopeOf(operation);
        Map<String, ByteString> ofScope = state.computeIfAbsent(scope, absent -> new HashMap<>());
        if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT) {
          events.add(scope.hashCode() + "/" + batch.to().getEpoch() + "/" + operation.getOpId());
        } else if (operation.getTombstone()) {
          ofScope.remove(operation.getKey());
        } else {
          ofScope.put(operation.getKey(), operation.getValueDigest());
        }
      }
    }

    private void breakStreams() {
      session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
    }

    private void crash() {
      count("crash");
      boot();
    }

    private void boot() {
      control = false;
      attached = false;
      reconnect = false;
      retry = false;
      flush = false;
      running = null;
      failed = null;
      prepared = null;
      requested = 0;
      boolean keepsKeys = effects != Effects.WITHOUT_KEY_INDEX;
      ledger =
          new LaneLedger(
              durable.resume(Log.LOG_MAIN), keepsKeys, keepsKeys ? keys.heldKeys() : List.of());
      session =
          new AgentSession(
              Hello.getDefaultInstance(),
              Set.of(Log.LOG_MAIN),
              durable,
              this,
              this,
              () -> new Backoff(new FixedRandom()),
              null);
      session.start();
    }

    void check() {
      assertThat(isDone()).as("caught up, " + session.state() + " " + durable).isTrue();
      NaiveFold fold = coordinator.fold();
      for (Scope scope : SCOPES) {
        Map<String, ByteString> expected =
            view.contains(scope) ? fold.values.getOrDefault(scope, Map.of()) : Map.of();
        assertThat(state.getOrDefault(scope, Map.of()))
            .as("state of " + Notation.name(scope))
            .containsExactlyInAnyOrderEntriesOf(new HashMap<>(expected));
      }
      LogResume stands = durable.resume(Log.LOG_MAIN);
      assertThat(stands.getScopesList()).containsExactlyElementsOf(view);
      for (ScopeSums sums : ResumePoint.presented(stands).getSumsList()) {
        ScopeSums expected = fold.sums(sums.getScope());
        assertThat(sums.getStateDigest())
            .isEqualTo(
                effects == Effects.WITHOUT_KEY_INDEX
                    ? ByteString.EMPTY
                    : expected.getStateDigest());
        assertThat(sums.getEventCount()).isEqualTo(expected.getEventCount());
        assertThat(sums.getEventHash()).isEqualTo(expected.getEventHash());
      }
      if (!forked) {
        Set<String> once = new HashSet<>(events);
        if (effects != Effects.BEFORE_THE_CURSOR) {
          assertThat(events).doesNotHaveDuplicates();
        }
        for (Operation operation : coordinator.log()) {
          Scope scope = NaiveFold.scopeOf(operation);
          if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT
              && !everDropped.contains(scope)
              && !coordinator.isExpired(operation.getOpId())) {
            assertThat(once).contains(scope.hashCode() + "/1/" + operation.getOpId());
          }
        }
      }
    }

    private static final boolean TRACE = Boolean.getBoolean("simulation.trace");

    private static void trace(Object what) {
      if (TRACE) {
        System.out.println(what);
      }
    }

    private void count(String what) {
      trace(what);
      seen.merge(what, 1, Integer::sum);
    }

    @Override
    public void synced(SyncReport report) {
      count(report.plan().name());
      if (!report.exact() && report.plan() == Plan.PLAN_DELTA) {
        count("inexact");
      }
      trace(report);
      if (!damaged) {
        assertThat(report.mismatches()).isEmpty();
      }
      damaged = damaged && !report.mismatches().isEmpty();
      if (report.exact()) {
        assertThat(report.redundant()).isZero();
      } else {
        seen.merge("redundant", (int) report.redundant(), Integer::sum);
      }
    }

    @Override
    public void openControl(Hello opened) {
      control = true;
      attached = false;
      hello = opened.getResumeCount() == 0 ? null : opened.getResume(0);
      trace("hello " + (hello == null ? "" : Notation.text(hello)));
    }

    @Override
    public void openLane(String sessionId, Log log) {
      attached = true;
      requested = 0;
    }

    @Override
    public void endStreams(boolean gently) {
      attached = false;
      control = false;
    }

    @Override
    public void sendHeartbeat(long number) {}

    @Override
    public void sendDigests(Log log, DigestReport report) {}

    @Override
    public void sendAck(Position acked, List<ScopeSums> sums) {
      Position position = durable.position(Log.LOG_MAIN).orElseThrow();
      assertThat(acked.getEpoch()).isLessThanOrEqualTo(position.getEpoch());
    }

    @Override
    public void requestFrame(Log log) {
      requested++;
      assertThat(requested).as("frames asked for").isEqualTo(1);
    }

    @Override
    public void deliver(LaneStep step) {
      assertThat(running).as("two steps at a time").isNull();
      running = step;
      prepared = null;
    }

    @Override
    public void deliverAgain(Log log) {
      running = failed;
      failed = null;
    }

    @Override
    public void startTimer(TimerKey key, long delayNs) {
      switch (key.kind()) {
        case RECONNECT -> reconnect = true;
        case RETRY -> retry = true;
        case FLUSH -> flush = true;
        case HANDSHAKE, HEARTBEAT, SUMS -> {}
      }
    }

    @Override
    public void disconnected(RetryableException why, java.time.Duration retryIn) {
      if (why.getMessage().startsWith("ABORTED")) {
        count("resync");
      }
    }
  }
}
