package dev.swarmlog.server.path.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.FrameMemory;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.storage.CommittedRun;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of what was committed lately is held in memory. */
class DeliveriesTest {

  private static final int MIB = 1 << 20;
  private static final int OPERATION_BYTES = 1_000_000;
  private static final long MUCH = 1L << 40;

  private final KeyedLog log = new KeyedLog();

  @Test
  void shouldHoldNoMoreBatchesOfALogThanItMay() {
    Deliveries deliveries = deliveries(Limits.defaults().with("maxTailBatchesPerSwarm", 5), MUCH);
    SwarmTail tail = deliveries.tail(KeyedLog.SWARM, Log.LOG_MAIN);

    for (int opId = 1; opId <= 8; opId++) {
      commit(deliveries, Log.LOG_MAIN, opId, 10);
      assertThat(tail.batchCount()).isEqualTo(Math.min(opId, 5));
    }
  }

  @Test
  void shouldHoldNoMoreBytesOfALogThanItMay() {
    Limits limits =
        Limits.defaults().with("maxEntryBytes", 4 * MIB).with("maxTailBytesPerSwarm", 4L * MIB);
    Deliveries deliveries = deliveries(limits, MUCH);
    SwarmTail tail = deliveries.tail(KeyedLog.SWARM, Log.LOG_MAIN);

    for (int opId = 1; opId <= 10; opId++) {
      commit(deliveries, Log.LOG_MAIN, opId, OPERATION_BYTES);
      assertThat(tail.bytes()).isLessThanOrEqualTo(4 * MIB);
      assertThat(tail.batchCount()).isEqualTo(Math.min(opId, 4));
    }
  }

  @Test
  void shouldHoldNoMoreBytesOfAllLogsThanItMayAndForgetTheOldestOfAny() {
    // given a log that fills what there is
    Deliveries deliveries = deliveries(Limits.defaults(), 4 * MIB);
    SwarmTail main = deliveries.tail(KeyedLog.SWARM, Log.LOG_MAIN);
    SwarmTail control = deliveries.tail(KeyedLog.SWARM, Log.LOG_CONTROL);
    for (int opId = 1; opId <= 4; opId++) {
      commit(deliveries, Log.LOG_MAIN, opId, OPERATION_BYTES);
    }
    assertThat(main.batchCount()).isEqualTo(4);

    // when another comes
    for (int opId = 1; opId <= 3; opId++) {
      commit(deliveries, Log.LOG_CONTROL, opId, OPERATION_BYTES);

      // then
      assertThat(main.bytes() + control.bytes()).isLessThanOrEqualTo(4 * MIB);
      assertThat(main.batchCount()).isEqualTo(4 - opId);
      assertThat(control.batchCount()).isEqualTo(opId);
    }
  }

  private Deliveries deliveries(Limits limits, long maxTailBytes) {
    return new Deliveries(
        log.log(),
        Runnable::run,
        limits,
        maxTailBytes,
        new FrameMemory(limits.maxFrameTimesBytes()),
        Instruments.off());
  }

  private static void commit(Deliveries deliveries, Log log, long opId, int bytes) {
    StoredOperation operation = Operations.stored(opId, Operations.ALL, bytes);
    Position to = Position.newBuilder().setLog(log).setOpId(opId).build();
    deliveries.committed(
        List.of(new CommittedRun(KeyedLog.SWARM, log, opId - 1, to, List.of(operation))),
        CommitTimes.UNKNOWN);
  }
}
