package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Welcome;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random histories of an agent on a log of which it sees some operations: streams break at any
 * moment, deliveries are doubled, dropped or swapped, handlers fail, and the agent crashes between
 * effect and cursor. Reproduce one by its seed: {@code -Dsimulation.seed=…}; run more by {@code
 * -Dsimulation.histories=…}.
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
    }
    assertThat(only != null || ignored > 1_000).isTrue();
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
      for (int i = 0; i < 3_000 && position() < HEAD; i++) {
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
      if (sent < 0 || requested == 0 || sent >= HEAD) {
        return;
      }
      long from = sent;
      long to = Math.min(HEAD, from + 1 + random.nextInt(5));
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
      if (faults && random.nextInt(6) == 0) {
        running = null;
        failed = true;
        session.applyFailed(Log.LOG_MAIN, 0);
        return;
      }
      LaneStep done = running;
      running = null;
      effect(done);
      if (faults && effects == Effects.BEFORE_THE_CURSOR && random.nextInt(20) == 0) {
        crash();
        return;
      }
      PreparedStep prepared = ledger.prepare(done);
      durable = durable.with(prepared.after());
      session.applied(Log.LOG_MAIN, prepared, 0);
    }

    private boolean failed;
    private LaneStep current;

    private void effect(LaneStep step) {
      for (Operation operation : ((LaneStep.Delivered) step.content()).operations()) {
        applied.add(operation.getOpId());
      }
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
      ledger = new LaneLedger(durable.resume(Log.LOG_MAIN), true, List.of());
      session =
          new AgentSession(
              Hello.getDefaultInstance(),
              Set.of(Log.LOG_MAIN),
              durable,
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
      assertThat(position()).isEqualTo(HEAD);
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
      assertThat(fresh).isEqualTo(view.stream().sorted().toList());
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
    public void openLane(String sessionId, Log log) {
      sent = resumeFrom;
      requested = 0;
    }

    @Override
    public void endStreams(boolean gently) {
      sent = -1;
      control = false;
    }

    @Override
    public void sendHeartbeat(long number) {}

    @Override
    public void sendDigests(Log log, DigestReport report) {}

    @Override
    public void sendAck(Position acked, List<ScopeSums> sums, long lastRepairId) {
      assertThat(acked.getOpId())
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
    }

    @Override
    public void deliverAgain(Log log) {
      assertThat(failed).isTrue();
      failed = false;
      running = current;
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
  }
}
