package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishRefusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random histories of a producer against a model coordinator: streams break at any moment, frames
 * of broken streams linger and arrive later, some groups are always refused, others now and then,
 * and some from a moment on, though they may have been appended before. Reproduce one by its seed:
 * {@code -Dsimulation.seed=…}; run more by {@code -Dsimulation.histories=…}.
 */
class ProducerSimulationTest {
  private static final int HISTORIES = Integer.getInteger("simulation.histories", 5_000);
  private static final int STEPS = 120;
  private static final List<String> KINDS = List.of("bad", "large", "good", "good", "good", "good");

  @Test
  void shouldAppendEachGroupOnceAndInOrderWhateverBreaks() {
    // given
    Long only = Long.getLong("simulation.seed");
    int resent = 0;
    int renewed = 0;
    int appendedUnknown = 0;
    int lostUnknown = 0;
    for (long seed = only == null ? 1 : only; seed <= (only == null ? HISTORIES : only); seed++) {
      // when
      History history = new History(seed);
      try {
        history.run();
        // then
        history.check();
      } catch (AssertionError e) {
        throw new AssertionError("Reproduce with -Dsimulation.seed=" + seed, e);
      }
      resent += history.duplicates;
      long there = history.unknown.stream().filter(history.coordinator.log::contains).count();
      appendedUnknown += there > 0 ? 1 : 0;
      lostUnknown += there < history.unknown.size() ? 1 : 0;
      renewed += history.coordinator.epochs > 1 ? 1 : 0;
    }
    // A simulation in which nothing goes wrong proves nothing.
    assertThat(
            only != null
                || (resent > HISTORIES / 20
                    && renewed > HISTORIES / 20
                    && appendedUnknown > HISTORIES / 200
                    && lostUnknown > HISTORIES / 200))
        .isTrue();
  }

  /** One stream: frames under way in both directions. */
  private static final class Wire {
    final Queue<Object> toCoordinator = new ArrayDeque<>();
    final Queue<Object> toProducer = new ArrayDeque<>();
    long epoch;
  }

  /** What the contract promises of the coordinator. */
  private static final class Coordinator {
    final Random random;
    final List<String> log = new ArrayList<>();
    final Map<Long, Long> appendedAs = new HashMap<>();
    long epoch;
    int epochs;
    boolean mayRefuse = true;
    // Large groups are refused from now on, also those that had been appended.
    boolean lowered;

    Coordinator(Random random) {
      this.random = random;
    }

    void receive(Wire wire) {
      Object frame = wire.toCoordinator.remove();
      if (frame instanceof ProducerHello hello) {
        hello(wire, hello);
      } else if (frame instanceof PublishGroup group) {
        wire.toProducer.add(publish(wire, group));
      }
    }

    private void hello(Wire wire, ProducerHello hello) {
      if (hello.getProducerEpoch() == 0) {
        epoch++;
        epochs++;
        appendedAs.clear();
      } else if (hello.getProducerEpoch() != epoch) {
        wire.toProducer.add(Statuses.failure("PRODUCER_FENCED", 0));
        return;
      }
      wire.epoch = epoch;
      wire.toProducer.add(
          ProducerWelcome.newBuilder()
              .setProducerEpoch(epoch)
              .setNextNumber(appendedAs.size() + 1)
              .setMaxInFlightGroups(4)
              .build());
    }

    private Object publish(Wire wire, PublishGroup group) {
      if (mayRefuse && random.nextInt(12) == 0) {
        return refusal(group, "RATE_LIMITED", Map.of());
      }
      if (group.getIdempotencyKey().startsWith("bad")
          || (lowered && group.getIdempotencyKey().startsWith("large"))) {
        return refusal(group, "PAYLOAD_TOO_LARGE", Map.of());
      }
      if (wire.epoch != epoch) {
        return refusal(group, "PRODUCER_FENCED", Map.of());
      }
      long next = appendedAs.size() + 1;
      if (group.getNumber() > next) {
        return refusal(group, "OUT_OF_SEQUENCE", Map.of("expected_number", Long.toString(next)));
      }
      boolean duplicate = group.getNumber() < next;
      if (!duplicate) {
        log.add(group.getIdempotencyKey());
        appendedAs.put(group.getNumber(), (long) log.size());
      }
      long opId = appendedAs.get(group.getNumber());
      assertThat(log.get((int) opId - 1))
          .as("number %d of epoch %d", group.getNumber(), epoch)
          .isEqualTo(group.getIdempotencyKey());
      return PublishAck.newBuilder()
          .setNumber(group.getNumber())
          .setFirstOpId(opId)
          .setDuplicate(duplicate)
          .build();
    }

    private static PublishRefusal refusal(
        PublishGroup group, String reason, Map<String, String> metadata) {
      return PublishRefusal.newBuilder()
          .setNumber(group.getNumber())
          .setStatus(Statuses.status(reason, metadata, 0))
          .build();
    }
  }

  private static final class History implements ProducerSession.Output<String> {
    final long seed;
    final Random random;
    final Coordinator coordinator;
    final ProducerSession<String> session;
    final List<Wire> lingering = new ArrayList<>();
    final List<String> offered = new ArrayList<>();
    final Map<String, Long> appended = new HashMap<>();
    final Set<String> refused = new HashSet<>();
    final Set<String> unknown = new HashSet<>();
    Wire wire;
    boolean timer;
    int duplicates;

    History(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.coordinator = new Coordinator(random);
      this.session =
          new ProducerSession<>(
              "s", "p", "id", Log.LOG_MAIN, 8, this, new Backoff(new FixedRandom()));
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        coordinator.lowered |= random.nextInt(60) == 0;
        step(true);
      }
      coordinator.mayRefuse = false;
      for (int i = 0; i < 2_000 && settled() < offered.size(); i++) {
        step(false);
      }
    }

    private void step(boolean faults) {
      int choice = random.nextInt(10);
      if (faults && choice <= 1) {
        String token = KINDS.get(random.nextInt(KINDS.size())) + offered.size();
        offered.add(token);
        session.offer(token, PublishGroup.newBuilder().setIdempotencyKey(token).build());
      } else if (faults && choice == 2 && random.nextInt(3) == 0 && wire != null) {
        lingering.add(wire);
        wire = null;
        session.streamEnded(Statuses.failure("UNAVAILABLE", 0), 0);
      } else if (choice <= 4 && timer) {
        timer = false;
        session.timer();
      } else if (choice == 5 && !lingering.isEmpty()) {
        Wire late = lingering.get(random.nextInt(lingering.size()));
        if (!late.toCoordinator.isEmpty()) {
          coordinator.receive(late);
        }
      } else if (choice <= 7 && wire != null && !wire.toCoordinator.isEmpty()) {
        coordinator.receive(wire);
      } else if (wire != null && !wire.toProducer.isEmpty()) {
        receive(wire.toProducer.remove());
      }
      for (PublishGroup group = poll(); group != null; group = poll()) {
        wire.toCoordinator.add(group);
      }
    }

    private PublishGroup poll() {
      return wire == null ? null : session.poll();
    }

    private void receive(Object frame) {
      if (frame instanceof ProducerWelcome welcome) {
        session.welcome(welcome, 0);
      } else if (frame instanceof PublishAck ack) {
        duplicates += ack.getDuplicate() ? 1 : 0;
        session.acked(ack, 0);
      } else if (frame instanceof PublishRefusal refusal) {
        session.refused(refusal, 0);
      } else if (frame instanceof Failure failure) {
        wire = null;
        session.streamEnded(failure, 0);
      }
    }

    private int settled() {
      return appended.size() + refused.size() + unknown.size();
    }

    void check() {
      String as = "seed " + seed;
      assertThat(settled()).as(as).isEqualTo(offered.size());
      assertThat(coordinator.log).as(as).doesNotHaveDuplicates();
      List<String> inOrder = offered.stream().filter(coordinator.log::contains).toList();
      assertThat(coordinator.log).as(as).isEqualTo(inOrder);
      appended.forEach(
          (token, opId) ->
              assertThat(coordinator.log.get(opId.intValue() - 1)).as(as).isEqualTo(token));
      assertThat(refused).as(as).noneMatch(token -> token.startsWith("good"));
      assertThat(coordinator.log).as(as).noneMatch(refused::contains);
      assertThat(offered.stream().filter(token -> token.startsWith("good")))
          .as(as)
          .allMatch(token -> appended.containsKey(token) || unknown.contains(token));
    }

    @Override
    public void openStream(ProducerHello hello) {
      wire = new Wire();
      wire.toCoordinator.add(hello);
    }

    @Override
    public void endStream() {
      if (wire != null) {
        lingering.add(wire);
        wire = null;
      }
    }

    @Override
    public void sent(String token) {}

    @Override
    public void appended(String token, GroupPosition where) {
      assertThat(appended.put(token, where.firstOpId())).as("seed " + seed).isNull();
    }

    @Override
    public void failed(String token, Failure why) {
      assertThat(refused.add(token)).as("seed " + seed).isTrue();
    }

    @Override
    public void acknowledgedLost(long groups, Position newest) {
      throw new AssertionError("Expected all to be kept, but lost " + groups);
    }

    @Override
    public void outcomeUnknown(String token, Failure why) {
      assertThat(unknown.add(token)).as("seed " + seed).isTrue();
    }

    @Override
    public void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs) {}

    @Override
    public void waits(Failure why, long forNs) {}

    @Override
    public void resumed() {}

    @Override
    public void startTimer(long delayNs) {
      timer = true;
    }
  }
}
