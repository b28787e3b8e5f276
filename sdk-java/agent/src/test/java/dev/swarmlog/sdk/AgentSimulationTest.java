package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Welcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of an agent on a log of which it sees some operations: streams break at any
 * moment, deliveries are doubled, dropped or swapped, handlers fail, refuse operations, and the
 * agent crashes between effect and cursor. What is refused is given again later, or parked; Nacks
 * and their answers get lost. Reproduce one by its seed: {@code -Dsimulation.seed=…}; run more by
 * {@code -Dsimulation.histories=…}.
 */
class AgentSimulationTest {
  private static final int HISTORIES = Integer.getInteger("simulation.histories", 1_500);
  private static final int STEPS = 300;
  private static final int HEAD = 60;

  enum Effects {
    COMMITTED_WITH_THE_CURSOR,
    BEFORE_THE_CURSOR
  }

  @ParameterizedTest
  @EnumSource
  void shouldApplyEveryOperationOfTheViewInOrder(Effects effects) {
    // given
    Long only = Long.getLong("simulation.seed");
    int repeated = 0;
    int ignored = 0;
    Map<NackReply.Outcome, Integer> outcomes = new EnumMap<>(NackReply.Outcome.class);
    int lost = 0;
    for (long seed = only == null ? 1 : only; seed <= (only == null ? HISTORIES : only); seed++) {
      History history = new History(seed, effects);
      try {
        // when
        history.run();
        // then
        history.check();
      } catch (AssertionError e) {
        throw new AssertionError("Reproduce with -Dsimulation.seed=" + seed, e);
      }
      repeated += history.repeatedAfterCrash;
      ignored += history.doubled;
      history.settled.values().forEach(outcome -> outcomes.merge(outcome, 1, Integer::sum));
      lost += history.lostReplies;
    }
    assertThat(only != null || ignored > 1_000).isTrue();
    if (only == null && effects == Effects.BEFORE_THE_CURSOR) {
      assertThat(outcomes.values()).hasSize(4).allMatch(count -> count > 500);
      assertThat(lost).isGreaterThan(500);
    }
    assertThat(only != null || repeated > 100)
        .isEqualTo(only != null || effects == Effects.BEFORE_THE_CURSOR);
  }

  @Test
  void shouldNotPassWhereDuplicatesAreApplied() {
    // The check itself must be able to fail.
    History history = new History(1, Effects.COMMITTED_WITH_THE_CURSOR);
    history.run();
    history.applied.add(history.applied.get(0));
    org.assertj.core.api.Assertions.assertThatThrownBy(history::check)
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void shouldNotPassWhereARefusedOperationIsForgotten() {
    History history = new History(1, Effects.BEFORE_THE_CURSOR);
    history.run();
    history.check();
    long last = history.applied.get(history.applied.size() - 1);
    history.applied.removeIf(opId -> opId == last);
    history.settled.remove(last);
    org.assertj.core.api.Assertions.assertThatThrownBy(history::check)
        .isInstanceOf(AssertionError.class);
  }

  private static final class History implements AgentSession.Output {
    final Random random;
    final Effects effects;
    final Set<Long> view = new HashSet<>();
    final List<Long> applied = new ArrayList<>();
    AgentCursor durable = AgentCursor.empty();
    AgentSession session;
    long sent = -1;
    int requested;
    boolean control;
    boolean reconnect;
    boolean retry;
    boolean flush;
    LaneStep running;
    LaneLedger ledger;
    int repeatedAfterCrash;
    int doubled;
    long head = HEAD;
    // What the coordinator has decided, durably; and what it was asked, or answers.
    final Map<Long, NackReply.Outcome> settled = new HashMap<>();
    final Deque<Nack> asked = new ArrayDeque<>();
    final Deque<NackReply> answers = new ArrayDeque<>();
    boolean nackTimer;
    boolean held;
    int lostReplies;
    // The step whose handler stopped, and where its run goes on.
    LaneStep refusing;
    int next;

    History(long seed, Effects effects) {
      this.random = new Random(seed);
      this.effects = effects;
      for (long opId = 1; opId <= HEAD; opId++) {
        if (random.nextInt(3) > 0) {
          view.add(opId);
        }
      }
      boot();
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step(true);
      }
      for (int i = 0; i < 3_000 && position() < head; i++) {
        step(false);
      }
    }

    private void step(boolean faults) {
      switch (random.nextInt(12)) {
        case 0 -> {
          if (faults) {
            breakStreams();
          }
        }
        case 1 -> {
          if (faults && random.nextInt(4) == 0) {
            crash();
          }
        }
        case 2 -> {
          if (reconnect) {
            reconnect = false;
            session.timer(key(TimerKey.Kind.RECONNECT, null), 0);
          } else if (flush) {
            flush = false;
            session.timer(key(TimerKey.Kind.FLUSH, Log.LOG_MAIN), 0);
          } else if (held) {
            held = false;
            session.timer(key(TimerKey.Kind.BREAKER, Log.LOG_MAIN), 0);
          } else if (nackTimer) {
            nackTimer = false;
            session.timer(key(TimerKey.Kind.NACK, Log.LOG_MAIN), 0);
          } else if (retry) {
            retry = false;
            session.timer(key(TimerKey.Kind.RETRY, Log.LOG_MAIN), 0);
          }
        }
        case 3, 4, 5, 6 -> finishBatch(faults);
        default -> {
          if (control) {
            control = false;
            welcome();
          } else if (!asked.isEmpty() || !answers.isEmpty()) {
            nack(faults);
          } else {
            deliver(faults);
          }
        }
      }
    }

    private void welcome() {
      session.controlFrame(
          ControlResponse.newBuilder()
              .setWelcome(
                  Welcome.newBuilder()
                      .setSessionId("s")
                      .setCapabilities(random.nextInt(8) > 0 ? Capability.CAPABILITY_NACK_VALUE : 0)
                      .addPlans(
                          LogPlan.newBuilder()
                              .setLog(Log.LOG_MAIN)
                              .setPlan(Plan.PLAN_DELTA)
                              .setStart(at(resumeFrom))))
              .build(),
          0,
          0);
    }

    private long resumeFrom;

    private void deliver(boolean faults) {
      if (sent < 0 || requested == 0 || sent >= head) {
        return;
      }
      long from = sent;
      long to = Math.min(head, from + 1 + random.nextInt(5));
      int fault = faults ? random.nextInt(12) : 12;
      if (fault == 0) {
        from = Math.max(0, from - random.nextInt(4));
        doubled++;
      } else if (fault == 1 && from + 1 < to) {
        from++; // One is missing: the agent must not go on.
      }
      requested--;
      sent = to;
      Delivery.Builder delivery = Delivery.newBuilder().setFromOpId(from).setTo(at(to));
      for (long opId = from + 1; opId <= to; opId++) {
        if (view.contains(opId)) {
          delivery.addOperations(Operation.newBuilder().setOpId(opId));
        }
      }
      if (fault == 2 && delivery.getOperationsCount() > 1) {
        Operation first = delivery.getOperations(0);
        delivery.setOperations(0, delivery.getOperations(1)).setOperations(1, first);
      }
      session.laneFrame(Log.LOG_MAIN, DataResponse.newBuilder().setDelivery(delivery).build(), 0);
    }

    private void finishBatch(boolean faults) {
      if (running == null) {
        return;
      }
      List<Operation> operations = ((LaneStep.Delivered) running.content()).operations();
      if (faults
          && effects == Effects.BEFORE_THE_CURSOR
          && next < operations.size()
          && random.nextInt(3) == 0) {
        int at = next + random.nextInt(operations.size() - next);
        effect(operations.subList(next, at));
        int applied = next;
        next = at;
        refusing = running;
        running = null;
        session.refused(
            Log.LOG_MAIN,
            Nack.newBuilder().setLog(Log.LOG_MAIN).setOpId(operations.get(at).getOpId()).build(),
            at - applied,
            0);
        return;
      }
      if (faults && random.nextInt(6) == 0) {
        running = null;
        failed = true;
        session.applyFailed(Log.LOG_MAIN, 0);
        return;
      }
      LaneStep done = running;
      running = null;
      effect(operations.subList(next, operations.size()));
      if (faults && effects == Effects.BEFORE_THE_CURSOR && random.nextInt(20) == 0) {
        crash();
        return;
      }
      PreparedStep prepared = ledger.prepare(done);
      durable = durable.with(prepared.after());
      session.applied(Log.LOG_MAIN, prepared, 0, 0);
    }

    private boolean failed;
    private LaneStep current;

    private void effect(List<Operation> operations) {
      for (Operation operation : operations) {
        applied.add(operation.getOpId());
      }
    }

    /** The coordinator decides, or answers. */
    private void nack(boolean faults) {
      if (asked.isEmpty() || (!answers.isEmpty() && random.nextBoolean())) {
        ControlResponse.Builder frame = ControlResponse.newBuilder().setNackReply(answers.remove());
        session.controlFrame(frame.build(), 0, 0);
        return;
      }
      Nack nack = asked.remove();
      NackReply.Builder reply = NackReply.newBuilder().setLog(Log.LOG_MAIN).setOpId(nack.getOpId());
      if (faults && random.nextInt(4) == 0) {
        reply
            .setOutcome(NackReply.Outcome.OUTCOME_REFUSED)
            .setStatus(Statuses.status(random.nextBoolean() ? "OVERLOADED" : "BELOW_HORIZON"));
      } else {
        reply.setOutcome(settled.computeIfAbsent(nack.getOpId(), this::decide));
      }
      answers.add(reply.build());
    }

    private NackReply.Outcome decide(long opId) {
      NackReply.Outcome outcome =
          List.of(
                  NackReply.Outcome.OUTCOME_RETRY,
                  NackReply.Outcome.OUTCOME_PARKED,
                  NackReply.Outcome.OUTCOME_SKIPPED,
                  NackReply.Outcome.OUTCOME_SUPERSEDED)
              .get(random.nextInt(4));
      if (outcome == NackReply.Outcome.OUTCOME_RETRY) {
        head++;
        view.add(head);
      }
      return outcome;
    }

    /** What was on its way does not arrive; or it did, and the answer does not. */
    private void loseControl() {
      for (Nack nack : asked) {
        if (random.nextBoolean()) {
          settled.computeIfAbsent(nack.getOpId(), this::decide);
          lostReplies++;
        }
      }
      lostReplies += answers.size();
      asked.clear();
      answers.clear();
    }

    private void breakStreams() {
      if (sent >= 0 || control) {
        sent = -1;
        control = false;
        session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
      }
    }

    private void crash() {
      boot();
      session.start();
    }

    private void boot() {
      boolean first = session == null;
      sent = -1;
      requested = 0;
      control = false;
      reconnect = false;
      retry = false;
      flush = false;
      running = null;
      refusing = null;
      failed = false;
      nackTimer = false;
      held = false;
      loseControl();
      ledger = new LaneLedger(durable.resume(Log.LOG_MAIN), true, List.of());
      session =
          new AgentSession(
              Hello.getDefaultInstance(),
              Set.of(Log.LOG_MAIN),
              durable,
              Set.of(),
              this,
              new AgentListener() {},
              () -> new Backoff(new FixedRandom()),
              null);
      if (first) {
        session.start();
      }
    }

    private long position() {
      return durable.position(Log.LOG_MAIN).map(Position::getOpId).orElse(0L);
    }

    void check() {
      assertThat(position()).isEqualTo(head);
      // Seen for the first time, each operation comes in order; again, only after a crash before
      // its cursor.
      List<Long> fresh = new ArrayList<>();
      long highest = 0;
      for (long opId : applied) {
        if (opId > highest) {
          fresh.add(opId);
          highest = opId;
        } else {
          repeatedAfterCrash++;
        }
      }
      assertThat(fresh).isSubsetOf(view);
      assertThat(view.stream().filter(opId -> !settled.containsKey(opId))).isSubsetOf(fresh);
      if (effects == Effects.COMMITTED_WITH_THE_CURSOR) {
        assertThat(applied).isEqualTo(fresh);
      }
    }

    private static Position at(long opId) {
      return Position.newBuilder()
          .setLog(Log.LOG_MAIN)
          .setIncarnation(1)
          .setEpoch(1)
          .setOpId(opId)
          .build();
    }

    private static TimerKey key(TimerKey.Kind kind, Log lane) {
      return new TimerKey(kind, lane);
    }

    @Override
    public void openControl(Hello hello) {
      control = true;
      sent = -1;
      resumeFrom = hello.getResumeCount() == 0 ? 0 : hello.getResume(0).getPosition().getOpId();
      assertThat(resumeFrom).isGreaterThanOrEqualTo(position());
    }

    @Override
    public void deltaBegan(Position from, Position head) {}

    @Override
    public void syncEnded(Log log, SyncReport report, long received, long duplicates) {}

    @Override
    public void openLane(String sessionId, Log log, LogPlan plan) {
      sent = resumeFrom;
      requested = 0;
    }

    @Override
    public void endStreams(boolean gently) {
      sent = -1;
      control = false;
      loseControl();
    }

    @Override
    public void sendHeartbeat(Heartbeat.Builder known) {}

    @Override
    public void sendDigests(Log log, DigestReport report) {}

    @Override
    public void sendAck(Ack ack) {
      assertThat(ack.getApplied().getOpId())
          .as("acknowledged before it is durable")
          .isLessThanOrEqualTo(position());
    }

    @Override
    public void requestFrame(Log log) {
      requested++;
      assertThat(requested).as("frames asked for").isEqualTo(1);
    }

    @Override
    public void deliver(LaneStep step) {
      assertThat(running).as("two batches at a time").isNull();
      running = step;
      current = step;
      next = 0;
    }

    @Override
    public void deliverAgain(Log log) {
      assertThat(failed || refusing != null).isTrue();
      failed = false;
      refusing = null;
      running = current;
    }

    @Override
    public void goOn(Log log) {
      assertThat(refusing).as("a run that stopped").isNotNull();
      List<Operation> operations = ((LaneStep.Delivered) refusing.content()).operations();
      assertThat(settled).containsKey(operations.get(next).getOpId());
      running = refusing;
      refusing = null;
      next++;
    }

    @Override
    public void sendNack(Nack nack) {
      asked.add(nack);
    }

    @Override
    public void startTimer(TimerKey key, long delayNs) {
      switch (key.kind()) {
        case RECONNECT -> reconnect = true;
        case RETRY -> retry = true;
        case FLUSH -> flush = true;
        case NACK -> nackTimer = true;
        case BREAKER -> held = true;
        case HANDSHAKE, HEARTBEAT, SUMS -> {}
      }
    }
  }
}
