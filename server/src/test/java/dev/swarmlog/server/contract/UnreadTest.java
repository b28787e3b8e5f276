package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.TestAgent.hello;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.TailRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** What clients do not read is bounded over all of them, and costs those who read nothing. */
final class UnreadTest {

  private static final String SWARM = "s";
  private static final long MIB = 1 << 20;
  private static final int STALLED = 40;
  private static final int EVENTS = 20;
  private static final TailRequest ALL =
      TailRequest.newBuilder().setSwarm(SWARM).setLog(Log.LOG_MAIN).setStopAtHead(true).build();
  private static final String LARGE = "x".repeat(200_000);

  @Test
  void shouldEndWhoStalledLongestWhenThereIsNoRoomLeft() throws Exception {
    try (Coordinator coordinator = coordinator(Duration.ofMillis(100))) {
      ManagedChannel narrow = narrow(coordinator);
      try {
        // given many agents that read nothing, and one that reads
        coordinator.publishEvents(SWARM, 1);
        List<TestAgent> stalled = connectStalled(narrow);
        TestLane healthy =
            TestAgent.connect(coordinator, hello(SWARM, "healthy")).attach(Log.LOG_MAIN);
        healthy.caughtUp();

        // when far more is published than may be unread
        for (int i = 0; i < EVENTS; i++) {
          coordinator.publish(SWARM, event(LARGE));
        }

        // then who reads gets everything
        healthy.receiveThrough(EVENTS + 1);

        // and who stalled longest is told why it was ended
        Failure end = stalled.get(0).control().refusalInTheEnd();
        assertThat(end.reason()).isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
        assertThat(end.message()).contains("stalled longest");
        assertThat(end.retry()).isTrue();

        // and what it held is gone
        await(() -> coordinator.status().getUnreadBytes() < 3 * MIB);
        assertThat(coordinator.status().getStalledStreamsEnded()).isPositive();

        // and it may come back, if not at once: the others are given what there is room for now
        await(() -> isServed(coordinator, hello(SWARM, "a0")));
      } finally {
        narrow.shutdownNow();
      }
    }
  }

  @Test
  void shouldRefuseNewSessionsSyncsAndTailsWhenThereIsLittleRoomLeft() throws Exception {
    try (Coordinator coordinator = coordinator(Duration.ofMinutes(1))) {
      ManagedChannel narrow = narrow(coordinator);
      try {
        // given agents that read nothing, with patience for them
        coordinator.publishEvents(SWARM, 1);
        connectStalled(narrow);
        for (int i = 0; i < EVENTS; i++) {
          coordinator.publish(SWARM, event(LARGE));
        }

        // when
        await(() -> coordinator.status().getUnreadBytes() >= 4 * MIB);
        Failure refused = TestAgent.refused(coordinator, hello(SWARM, "late"));

        // then
        assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
        assertThat(refused.message()).startsWith("Expected clients to read what they are sent");
        assertThat(refused.retry()).isTrue();
        assertThat(coordinator.tail(ALL).refusal().reason()).isEqualTo(refused.reason());

        assertThat(coordinator.status().getUnreadMaxBytes()).isEqualTo(4 * MIB);

        // and publishing goes on
        coordinator.publish(SWARM, event("small"));

        // and once they have left there is room again
        narrow.shutdownNow();
        await(() -> coordinator.tail(ALL).endInTheEnd().status().isOk());
      } finally {
        narrow.shutdownNow();
      }
    }
  }

  private static boolean isServed(Coordinator coordinator, Hello.Builder hello) {
    try {
      TestAgent.connect(coordinator, hello);
      return true;
    } catch (AssertionError refused) {
      assertThat(refused).hasMessageContaining("Expected clients to read what they are sent");
      return false;
    }
  }

  /** Deliveries, and the end of connections, take a moment. */
  private static void await(BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(StreamCall.PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time").isLessThan(deadlineNs);
    }
  }

  private static List<TestAgent> connectStalled(ManagedChannel narrow) {
    List<TestAgent> stalled = new ArrayList<>();
    for (int i = 0; i < STALLED; i++) {
      TestAgent agent = TestAgent.connect(narrow, hello(SWARM, "a" + i));
      agent.attachUnread(Log.LOG_MAIN);
      stalled.add(agent);
    }
    return stalled;
  }

  private static Coordinator coordinator(Duration patience) throws Exception {
    return Coordinator.inMemory(
        Coordinator.limits("maxUnreadBytes", 4 * MIB, "stallPatience", patience));
  }

  /** Windows that one delivery closes. */
  private static ManagedChannel narrow(Coordinator coordinator) {
    return NettyChannelBuilder.forAddress("127.0.0.1", coordinator.server().port())
        .usePlaintext()
        .flowControlWindow(65_535)
        .build();
  }
}
