package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Limits;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Welcome;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of an agent that resumes by the minimal delta: the log grows, events expire,
 * streams break at any moment, also while a handler has a batch, the agent crashes before, in the
 * middle of and after its effects, its view changes, it falls behind, and now and then history
 * forks or the agent's state is damaged. A coordinator that looks for drift finds it by the sums
 * that the agent reports, and repairs it: operations that were lost or changed on the way to the
 * agent, keys that were changed in its store, and what was changed in the user's own state behind
 * the agent's back. Sums that differ where nothing was damaged are an error. In the end it holds
 * what a naive fold of the log holds; and no exact sync brings anything in vain. Reproduce one by
 * its seed: {@code -Dsimulation.seed=…}, with {@code -Dsimulation.trace=true} to read it; run more
 * by {@code -Dsimulation.histories=…}.
 */
class SyncSimulationTest {
  private static final int HISTORIES = Integer.getInteger("simulation.histories", 1_200);
  private static final int STEPS = 250;
  private static final Map<ByteString, String> VALUES =
      List.of("a", "b", "wrong").stream()
          .collect(Collectors.toMap(Notation::valueDigest, Function.identity()));
  private static final List<String> KEYS = List.of("x", "\uFFFD", "\uD83D\uDE00");
  private static final List<Scope> SCOPES =
      List.of(Notation.scope("A"), Notation.scope("B"), Notation.scope("C"));

  enum Effects {
    COMMITTED_WITH_THE_CURSOR,
    BEFORE_THE_CURSOR,
    WITHOUT_KEY_INDEX,
    WITH_A_STATE_SOURCE
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
    System.out.println("SyncSimulationTest: " + effects + " " + seen);
    if (only == null) {
      assertThat(seen)
          .containsKeys("PLAN_DELTA", "PLAN_SNAPSHOT", "PLAN_CURRENT", "inexact", "fell behind");
      assertThat(seen.get("crash")).isGreaterThan(1_000);
      assertThat(seen).containsKeys("parted", "parted at a fork", "went on in another epoch");
      assertThat(seen.get("healed")).isGreaterThan(HISTORIES / 20);
      assertThat(seen).containsKeys("repaired events", "cut while it drifted", "compared");
      if (effects != Effects.WITHOUT_KEY_INDEX) {
        assertThat(seen)
            .containsKeys(
                "query", "repaired keys", "changed on the way", "events in another order");
      }
      if (effects == Effects.BEFORE_THE_CURSOR || effects == Effects.WITH_A_STATE_SOURCE) {
        assertThat(seen)
            .containsKeys("OUTCOME_REFUSED", "OUTCOME_PARKED", "OUTCOME_SUPERSEDED", "lost reply");
        assertThat(seen.get("OUTCOME_RETRY")).isGreaterThan(HISTORIES);
        assertThat(seen.get("lacks keys after a crash")).isGreaterThan(100);
      }
      assertThat(seen.get("sums agree")).isGreaterThan(HISTORIES);
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
    final Set<Long> givenAgain = new HashSet<>();
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
    boolean nackTimer;
    boolean held;
    // The run that stopped, where it goes on, and what was refused of the step.
    LaneStep refusing;
    int next;
    BitSet refused = new BitSet();
    Nack asked;
    boolean flush;
    boolean sumsDue;
    LaneStep running;
    LaneStep failed;
    PreparedStep prepared;
    boolean faulty = true;
    // Events of another history, or of before a scope was added, are nobody's loss.
    boolean forked;
    boolean damaged;
    final Set<Scope> everDropped = new HashSet<>();
    final boolean drift;
    // Few faults, so that it is live for long.
    final boolean calm;
    // Whether its view changes again before what came of the last change is done.
    final boolean restless;
    // What the agent holds may not be what the log holds, from a position on; until its sums agree.
    boolean drifted;
    // Since the last sync ended.
    boolean suspect;
    Position driftedAt = Position.getDefaultInstance();
    final Set<Operation> lost = new HashSet<>();

    History(long seed, Effects effects) {
      this.random = new Random(seed);
      this.effects = effects;
      this.drift = random.nextInt(4) > 0;
      this.calm = random.nextBoolean();
      this.restless = seed % 4 == 3;
      this.coordinator = new SimulatedCoordinator(random, view, drift);
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
          && refusing == null
          && coordinator.refusals().isSettled()
          && !drifted
          && durable.position(Log.LOG_MAIN).orElseThrow().getOpId() == coordinator.head();
    }

    private void step() {
      switch (random.nextInt(16)) {
        case 0 -> {
          if (faulty && (!calm || random.nextInt(8) == 0)) {
            breakStreams();
          }
        }
        case 1 -> {
          if (faulty && random.nextInt(calm ? 24 : 3) == 0) {
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
          if (faulty && random.nextInt(restless ? 2 : 10) == 0) {
            disaster();
          } else if (faulty && drift && random.nextInt(10) == 0) {
            corrupt();
          }
        }
        default -> {
          if (control) {
            welcome();
          } else if (asked != null) {
            answerNack();
          } else {
            coordinator.refusals().release(!faulty);
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
      } else if (held) {
        held = false;
        session.timer(new TimerKey(TimerKey.Kind.BREAKER, Log.LOG_MAIN), 0);
      } else if (nackTimer) {
        nackTimer = false;
        session.timer(new TimerKey(TimerKey.Kind.NACK, Log.LOG_MAIN), 0);
      } else if (retry) {
        retry = false;
        session.timer(new TimerKey(TimerKey.Kind.RETRY, Log.LOG_MAIN), 0);
      } else if (sumsDue) {
        sumsDue = false;
        coordinator.drift().intervalOver();
        session.timer(new TimerKey(TimerKey.Kind.SUMS, Log.LOG_MAIN), 0);
      }
    }

    private void grow() {
      long opId = coordinator.head() + 1;
      Scope scope = SCOPES.get(random.nextInt(SCOPES.size()));
      String key = KEYS.get(random.nextInt(3));
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
      switch (random.nextInt(restless && random.nextInt(8) > 0 ? 1 : 3)) {
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
      hold(lost.scope(), lost.key(), ByteString.EMPTY);
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
      driftedFrom(stands.getPosition());
      count("damage");
      crash();
    }

    private void driftedFrom(Position at) {
      drifted = drift;
      suspect = drift;
      driftedAt = at;
    }

    /** Nobody notices, and nothing is told. */
    private void corrupt() {
      LogResume stands = durable.resume(Log.LOG_MAIN);
      if (running != null || failed != null || stands == null) {
        return;
      }
      Scope scope = view.get(random.nextInt(view.size()));
      if (!stands.getScopesList().contains(scope)) {
        return;
      }
      String key = List.of("x", "\uFFFD", "ghost").get(random.nextInt(3));
      ByteString value =
          random.nextInt(3) == 0
              ? ByteString.EMPTY
              : Notation.valueDigest(List.of("a", "wrong").get(random.nextInt(2)));
      switch (effects) {
        case WITH_A_STATE_SOURCE -> {
          hold(scope, key, value);
          driftedFrom(stands.getPosition());
          count("corrupted user's state");
        }
        case COMMITTED_WITH_THE_CURSOR, BEFORE_THE_CURSOR -> {
          // In the store; the sums beside the cursor stay as they are. A value that the log never
          // has, where the user's state is another one: nobody could see that the index is right
          // and the state is not.
          boolean indexOnly = random.nextBoolean();
          ByteString stored = indexOnly ? Notation.valueDigest("wrong") : value;
          keys.save(durable, List.of(new HeldKey(scope, key, stored)));
          if (!indexOnly) {
            hold(scope, key, value);
          }
          driftedFrom(stands.getPosition());
          count("corrupted store");
          crash();
        }
        case WITHOUT_KEY_INDEX -> {}
      }
    }

    private void hold(Scope scope, String key, ByteString value) {
      Map<String, ByteString> ofScope = state.computeIfAbsent(scope, absent -> new HashMap<>());
      if (value.isEmpty()) {
        ofScope.remove(key);
      } else {
        ofScope.put(key, value);
      }
    }

    /** An operation is lost or changed on the way to the agent. */
    private DataResponse corrupt(DataResponse frame) {
      if (!faulty || !drift || frame.getDelivery().getOperationsCount() == 0) {
        return frame;
      }
      int index = random.nextInt(frame.getDelivery().getOperationsCount());
      Operation operation = frame.getDelivery().getOperations(index);
      boolean event = operation.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT;
      if (random.nextInt(15) > 0
          || Redelivery.isOne(operation)
          || (!event && effects == Effects.WITHOUT_KEY_INDEX)) {
        return frame;
      }
      DataResponse.Builder changed = frame.toBuilder();
      if (event && swap(changed.getDeliveryBuilder(), index)) {
        count("events in another order");
      } else if (event || operation.getTombstone() || random.nextBoolean()) {
        changed.getDeliveryBuilder().removeOperations(index);
        lost.add(operation);
        count("lost on the way");
      } else {
        changed
            .getDeliveryBuilder()
            .getOperationsBuilder(index)
            .setValueDigest(Notation.valueDigest("wrong"))
            .setPayload(Notation.payload("wrong"));
        count("changed on the way");
      }
      driftedFrom(frame.getDelivery().getTo());
      return changed.build();
    }

    /** The event takes the place of another one of its scope, and that one takes its place. */
    private boolean swap(Delivery.Builder delivery, int index) {
      Operation.Builder event = delivery.getOperationsBuilder(index);
      for (int i = index + 1; i < delivery.getOperationsCount(); i++) {
        Operation other = delivery.getOperations(i);
        if (other.getOperationClass() == OperationClass.OPERATION_CLASS_EVENT
            && !Redelivery.isOne(other)
            && NaiveFold.scopeOf(other).equals(NaiveFold.scopeOf(event.build()))) {
          ByteString first = event.getValueDigest();
          event.setValueDigest(other.getValueDigest());
          delivery.getOperationsBuilder(i).setValueDigest(first);
          return true;
        }
      }
      return false;
    }

    /**
     * The coordinator takes a Nack, and answers; or its answer is lost, and the session with it.
     */
    private void answerNack() {
      NackReply reply = coordinator.refusals().refuse(asked, faulty);
      asked = null;
      count(reply.getOutcome().name());
      if (faulty && random.nextInt(8) == 0) {
        count("lost reply");
        breakStreams();
      } else {
        session.controlFrame(ControlResponse.newBuilder().setNackReply(reply).build(), 0, 0);
      }
    }

    /** Stops at an operation, having applied those before it where effects are not the cursor's. */
    private boolean refuse() {
      List<Operation> operations = prepared.batch().operations();
      boolean can = effects == Effects.BEFORE_THE_CURSOR || effects == Effects.WITH_A_STATE_SOURCE;
      if (!can || !faulty || next >= operations.size() || random.nextInt(6) > 0) {
        return false;
      }
      int at = next + random.nextInt(operations.size() - next);
      if (prepared.made().get(at)) {
        return false;
      }
      if (effects == Effects.BEFORE_THE_CURSOR) {
        apply(at);
      }
      int from = next;
      next = at;
      refusing = running;
      running = null;
      session.refused(
          Log.LOG_MAIN,
          Nack.newBuilder()
              .setLog(Log.LOG_MAIN)
              .setOpId(operations.get(at).getOpId())
              .setReaction(Nack.Reaction.REACTION_RETRY)
              .build(),
          at - from,
          0);
      return true;
    }

    private void forEach(Scope scope, StateSource.Held held) {
      state
          .getOrDefault(scope, Map.of())
          .forEach((key, digest) -> held.value(key, Notation.payload(VALUES.get(digest))));
    }

    private void welcome() {
      control = false;
      LogPlan plan = coordinator.plan(hello);
      if (plan.getCompares()) {
        count("compared");
      }
      session.controlFrame(
          ControlResponse.newBuilder()
              .setWelcome(
                  Welcome.newBuilder()
                      .setSessionId("s")
                      .setCapabilities(
                          Capability.CAPABILITY_SYNC_VALUE
                              | Capability.CAPABILITY_NACK_VALUE
                              | (drift ? Capability.CAPABILITY_DRIFT_VALUE : 0))
                      .setLimits(Limits.newBuilder().setDriftCheckIntervalMs(drift ? 10_000 : 0))
                      .addPlans(plan))
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
          frame = corrupt(frame);
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
      if (refuse()) {
        return;
      }
      boolean atomic = effects != Effects.BEFORE_THE_CURSOR;
      if (faulty && random.nextInt(calm ? 48 : 6) == 0) {
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
      prepared = ledger.applied(prepared, refused);
      durable = durable.with(prepared.after());
      keys.save(durable, prepared.savedKeys());
      if (faulty && random.nextInt(calm ? 96 : 12) == 0) {
        crash();
        return;
      }
      PreparedStep done = prepared;
      trace("commit " + Notation.text(done.after()));
      running = null;
      prepared = null;
      session.applied(Log.LOG_MAIN, done, 0, 0);
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
      for (int i = 0; i < operations; i++) {
        if (refused.get(i)) {
          continue;
        }
        Operation operation = batch.operations().get(i);
        Scope scope = NaiveFold.scopeOf(operation);
        Map<String, ByteString> ofScope = state.computeIfAbsent(scope, absent -> new HashMap<>());
        Redelivery.of(operation).ifPresent(again -> givenAgain.add(again.firstOpId()));
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
      if (drifted) {
        count("cut while it drifted");
      }
      session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
    }

    private void crash() {
      count("crash");
      boot();
      if (ledger.lacksKeys()) {
        count("lacks keys after a crash");
      }
    }

    private void boot() {
      control = false;
      attached = false;
      reconnect = false;
      retry = false;
      flush = false;
      sumsDue = false;
      running = null;
      failed = null;
      prepared = null;
      refusing = null;
      asked = null;
      nackTimer = false;
      held = false;
      requested = 0;
      boolean keepsKeys = effects != Effects.WITHOUT_KEY_INDEX;
      ledger =
          new LaneLedger(
              durable.resume(Log.LOG_MAIN),
              keepsKeys,
              keepsKeys ? keys.heldKeys() : List.of(),
              effects == Effects.WITH_A_STATE_SOURCE ? this::forEach : null);
      session =
          new AgentSession(
              Hello.getDefaultInstance(),
              Set.of(Log.LOG_MAIN),
              durable,
              ledger.lacksKeys() ? Set.of(Log.LOG_MAIN) : Set.of(),
              this,
              this,
              () -> new Backoff(new FixedRandom()),
              effects == Effects.WITH_A_STATE_SOURCE ? 60_000_000_000L : null);
      session.start();
    }

    void check() {
      seen.merge("operations", (int) coordinator.head(), Integer::sum);
      assertThat(isDone()).as("caught up, " + session.state() + " " + durable).isTrue();
      NaiveFold fold = coordinator.fold();
      for (Scope scope : SCOPES) {
        Map<String, ByteString> expected =
            view.contains(scope) ? fold.values.getOrDefault(scope, Map.of()) : Map.of();
        assertThat(state.getOrDefault(scope, Map.of()))
            .as("state of " + Notation.name(scope))
            .containsExactlyInAnyOrderEntriesOf(expected);
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
              && !lost.contains(operation)
              && !Redelivery.isOne(operation)
              && !givenAgain.contains(operation.getOpId())
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
    public void parted(Position applied, Optional<Position> fork) {
      count(fork.isPresent() ? "parted at a fork" : "parted");
    }

    @Override
    public void synced(SyncReport report) {
      count(report.plan().name());
      if (!report.exact() && report.plan() == Plan.PLAN_DELTA) {
        count("inexact");
      }
      trace(report);
      if (!damaged && !suspect) {
        assertThat(report.mismatches()).isEmpty();
      }
      damaged = damaged && !report.mismatches().isEmpty();
      if (report.exact() && !suspect) {
        assertThat(report.redundant()).isZero();
      } else {
        seen.merge("redundant", (int) report.redundant(), Integer::sum);
      }
      suspect = drifted;
    }

    @Override
    public void openControl(Hello opened) {
      control = true;
      attached = false;
      hello = opened.getResumeCount() == 0 ? null : opened.getResume(0);
      trace("hello " + (hello == null ? "" : Notation.text(hello)));
    }

    @Override
    public void deltaBegan(Position from, Position head) {}

    @Override
    public void syncEnded(Log log, SyncReport report, long received, long duplicates) {}

    @Override
    public void openLane(String sessionId, Log log, LogPlan plan) {
      if (plan.hasFork() && plan.getPlan() != Plan.PLAN_SNAPSHOT) {
        count("went on in another epoch");
      }
      attached = true;
      requested = 0;
    }

    @Override
    public void endStreams(boolean gently) {
      attached = false;
      control = false;
      asked = null;
    }

    @Override
    public void sendHeartbeat(Heartbeat.Builder known) {}

    @Override
    public void sendDigests(Log log, DigestReport report) {
      trace("answer " + Notation.text(report));
      count("query");
      coordinator.drift().answered(report);
    }

    @Override
    public void sendAck(Ack ack) {
      Position acked = ack.getApplied();
      List<ScopeSums> sums = ack.getSumsList();
      LogResume stands = durable.resume(Log.LOG_MAIN);
      assertThat(acked.getEpoch()).isLessThanOrEqualTo(stands.getPosition().getEpoch());
      coordinator.refusals().acknowledged(acked.getOpId());
      if (sums.isEmpty()) {
        return;
      }
      trace("ack " + Notation.name(acked) + ", " + Notation.text(sums));
      assertThat(drift).as("the coordinator looks for drift").isTrue();
      assertThat(stands.hasTriple() || stands.hasSnapshot()).as("inside a sync").isFalse();
      assertThat(acked).isEqualTo(stands.getPosition());
      if (coordinator.drift().acknowledged(acked, sums)) {
        count("sums agree");
        boolean behind =
            acked.getEpoch() > driftedAt.getEpoch() || acked.getOpId() >= driftedAt.getOpId();
        if (drifted && behind) {
          drifted = false;
          count("healed");
        }
      } else {
        assertThat(drifted).as("sums differ although nothing is wrong").isTrue();
        count("sums differ");
      }
    }

    @Override
    public void drifted(RepairReport repair) {
      trace(repair);
      count(repair.events() ? "repaired events" : "repaired keys");
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
      next = 0;
      refused = new BitSet();
    }

    @Override
    public void deliverAgain(Log log) {
      running = failed == null ? refusing : failed;
      failed = null;
      refusing = null;
    }

    @Override
    public void goOn(Log log) {
      running = refusing;
      refusing = null;
      refused.set(next);
      next++;
    }

    @Override
    public void sendNack(Nack nack) {
      asked = nack;
    }

    @Override
    public void startTimer(TimerKey key, long delayNs) {
      switch (key.kind()) {
        case RECONNECT -> reconnect = true;
        case RETRY -> retry = true;
        case FLUSH -> flush = true;
        case SUMS -> sumsDue = true;
        case NACK -> nackTimer = true;
        case BREAKER -> held = true;
        case HANDSHAKE, HEARTBEAT -> {}
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
