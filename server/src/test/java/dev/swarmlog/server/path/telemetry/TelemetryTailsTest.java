package dev.swarmlog.server.path.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.Limits;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What telemetry is held for readers, of all swarms together. */
class TelemetryTailsTest {

  private static final int RECORD_BYTES = 1_000;
  private static final int PER_READER_BYTES = 5 << 20;
  private static final long PER_COORDINATOR_BYTES = 8 << 20;

  private final TelemetryTails tails =
      new TelemetryTails(
          Limits.defaults()
              .with("maxTelemetryBytesPerReader", PER_READER_BYTES)
              .with("maxTelemetryBytesPerCoordinator", PER_COORDINATOR_BYTES));
  private long opId;

  @Test
  void shouldHoldNoMoreThanItsBytesHoweverManySwarmsHaveReaders() {
    // given as many swarms as have room, each of which has all that one may have, or less
    Reader first = new Reader("swarm-0", View.everything());
    fill("swarm-0");
    assertThat(tails.heldBytes()).isBetween(PER_READER_BYTES - 2L * RECORD_BYTES, 5L << 20);

    for (int i = 1; i < 20; i++) {
      // when there is one more
      String swarm = "swarm-" + i;
      Reader reader = new Reader(swarm, View.everything());
      fill(swarm);

      // then all together stay within the bound, and the newcomer has its part of it
      assertThat(tails.heldBytes()).isLessThanOrEqualTo(PER_COORDINATOR_BYTES);
      reader.readAll();
      assertThat(reader.bytes).isGreaterThan(PER_COORDINATOR_BYTES / (i + 1) - 2 * RECORD_BYTES);
    }

    // and who came first has its part still, and is told of the rest
    first.readAll();
    assertThat(first.bytes).isBetween(300_000L, PER_COORDINATOR_BYTES / 20);
    assertThat(first.operations + first.dropped).isEqualTo(PER_READER_BYTES / RECORD_BYTES);
  }

  @Test
  void shouldHoldNothingWithoutReaders() {
    // given
    Reader reader = new Reader("swarm", View.everything());
    fill("swarm");
    assertThat(tails.heldBytes()).isPositive();

    // when
    reader.lane.close();
    reader.lane.close();
    fill("swarm");

    // then
    assertThat(tails.heldBytes()).isZero();
  }

  @Test
  void shouldCountScopesThatReadersNameAndNoOthers() {
    // given
    ScopeOrdinals ordinals = new ScopeOrdinals();
    View view = View.of(Set.of(scope("ann"), scope("ben")));
    ordinals.join(view);
    ordinals.join(View.of(Set.of(scope("ben"))));

    // when a publisher addresses more and more
    for (int i = 0; i < 10_000; i++) {
      assertThat(ordinals.next(scope("agent-" + i))).isZero();
    }

    // then
    assertThat(ordinals.size()).isEqualTo(2);
    assertThat(ordinals.next(scope("ann"))).isEqualTo(1);
    assertThat(ordinals.next(scope("ann"))).isEqualTo(2);
    ordinals.leave(view);
    assertThat(ordinals.size()).isEqualTo(1);
  }

  @Test
  void shouldTellWhoSeesEverythingAndWhoNamesScopesHowMuchTheyMissed() {
    // given
    Reader everything = new Reader("swarm", View.everything());
    Reader ofAnn = new Reader("swarm", View.of(Set.of(scope("ann"))));
    int records = 3 * PER_READER_BYTES / RECORD_BYTES;

    // when there is three times as much as is held, every second of it for ann
    for (int i = 0; i < records; i++) {
      tails.append("swarm", List.of(record(scope(i % 2 == 0 ? "ann" : "ben"))), 0);
    }
    tails.append("swarm", List.of(record(scope("ann"))), 0);
    everything.readAll();
    ofAnn.readAll();

    // then
    assertThat(everything.operations + everything.dropped).isEqualTo(records + 1);
    assertThat(ofAnn.operations + ofAnn.dropped).isEqualTo(records / 2 + 1 + records % 2);
    assertThat(ofAnn.dropped).isPositive();
  }

  private void fill(String swarm) {
    for (int i = 0; i < PER_READER_BYTES / RECORD_BYTES; i++) {
      tails.append(swarm, List.of(record(scope("ann"))), 0);
    }
  }

  private static Scope scope(String agent) {
    return Scope.newBuilder()
        .setTopic(Topic.TOPIC_TELEMETRY)
        .setTarget(Target.newBuilder().setAgent(agent))
        .build();
  }

  /** Of just so many bytes. */
  private StoredOperation record(Scope scope) {
    byte[] bytes =
        Operation.newBuilder()
            .setOpId(++opId)
            .setTopic(scope.getTopic())
            .setTarget(scope.getTarget())
            .build()
            .toByteArray();
    byte[] padded = new byte[RECORD_BYTES];
    System.arraycopy(bytes, 0, padded, 0, bytes.length);
    // What follows is one unknown field of the bytes that are left.
    int left = RECORD_BYTES - bytes.length - 4;
    padded[bytes.length] = (byte) 0xfa;
    padded[bytes.length + 1] = 0x7f;
    padded[bytes.length + 2] = (byte) (left & 0x7f | 0x80);
    padded[bytes.length + 3] = (byte) (left >>> 7);
    return new StoredOperation(
        opId, opId, scope, OperationClass.OPERATION_CLASS_EPHEMERAL, new byte[16], 0, padded);
  }

  /** A reader whose window is closed until it reads all there is. */
  private final class Reader {
    final TelemetrySubscription lane;
    private final List<Runnable> steps = new ArrayList<>();
    private boolean ready;
    long operations;
    long bytes;
    long dropped;

    Reader(String swarm, View view) {
      lane =
          tails.join(
              swarm,
              tail ->
                  new TelemetryLane(
                      tail,
                      view,
                      steps::add,
                      () -> ready,
                      this::take,
                      lagNs -> {},
                      256 << 10,
                      closing -> tails.leave(swarm, closing),
                      new StoodStill()));
    }

    private void take(TelemetryDelivery delivery) {
      operations += delivery.getOperationsCount();
      delivery.getOperationsList().forEach(one -> bytes += one.getSerializedSize());
      dropped += delivery.getDroppedCount();
    }

    void readAll() {
      ready = true;
      lane.wake();
      while (!steps.isEmpty()) {
        steps.remove(0).run();
      }
      ready = false;
    }
  }
}
