package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.ConnectedLane;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What agents are given, in which order, and what happens when they do not read or acknowledge. */
class DeliveryTest {

  private static final Duration PATIENCE = Duration.ofSeconds(StreamCall.PATIENCE_SECONDS);

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory();
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldSayCaughtUpOnAnEmptyLog() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("empty", "agent"));

    // when
    Position position = agent.attach(Log.LOG_MAIN).caughtUp();

    // then
    assertThat(position).isEqualTo(coordinator.swarm("empty").getSwarm().getMainHead());
    assertThat(position.getOpId()).isZero();
    assertThat(position.getRunningHash()).isEqualTo(ByteString.copyFrom(new byte[16]));
    assertThat(position.getIncarnation()).isNotZero();
    assertThat(position.getEpoch()).isNotZero();
  }

  @Test
  void shouldDeliverThePastThenThePresent() {
    // given
    coordinator.publishEvents("past", 20);
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("past", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);

    // when
    lane.caughtUp();
    assertThat(lane.operations()).hasSize(20);
    coordinator.publishEvents("past", 20);

    // then
    lane.receiveThrough(40);
    List<Operation> whole = coordinator.everything("past", Log.LOG_MAIN);
    assertThat(lane.operations()).isEqualTo(whole);
    assertThat(lane.position()).isEqualTo(coordinator.swarm("past").getSwarm().getMainHead());
  }

  @Test
  void shouldGiveARunningHashThatAnyoneCanCompute() {
    // given an agent that sees a part of the log only
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("hash", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);

    // when
    for (int i = 0; i < 20; i++) {
      coordinator.publish(
          "hash",
          event(Topic.TOPIC_COMMANDS, Requests.agent("another"), "unseen " + i),
          event("seen " + i));
      lane.receiveThrough(2L * (i + 1));
    }

    // then
    RunningHash hash = RunningHash.of(coordinator.everything("hash", Log.LOG_MAIN));
    assertThat(hash.agreesWith(lane.position())).isTrue();
    assertThat(lane.operations()).hasSize(20);
  }

  @Test
  void shouldReachExactlyThoseWhoAreMeant() {
    // given
    TestLane writer = laneOf("targets", TestAgent.hello("targets", "ann").addRoles("writer"));
    TestLane both =
        laneOf("targets", TestAgent.hello("targets", "ben").addRoles("writer").addRoles("reader"));
    TestLane none = laneOf("targets", TestAgent.hello("targets", "cid"));
    TestLane alertsOnly =
        laneOf(
            "targets",
            TestAgent.hello("targets", "dan").setView(Requests.view(Topic.TOPIC_ALERTS)));

    // when
    coordinator.publish("targets", event("to all"));
    coordinator.publish("targets", event(Topic.TOPIC_COMMANDS, Requests.agent("ann"), "to ann"));
    coordinator.publish("targets", event(Topic.TOPIC_COMMANDS, Requests.role("writer"), "writers"));
    coordinator.publish("targets", event(Topic.TOPIC_COMMANDS, Requests.role("reader"), "readers"));
    coordinator.publish("targets", event(Topic.TOPIC_COMMANDS, Requests.role("ann"), "role ann"));
    coordinator.publish(
        "targets", event(Topic.TOPIC_COMMANDS, Requests.agent("nobody"), "to nobody"));
    coordinator.publish("targets", event(Topic.TOPIC_ALERTS, ALL, "the end"));

    // then
    assertThat(writer.receiveThrough(7).texts())
        .containsExactly("to all", "to ann", "writers", "the end");
    assertThat(both.receiveThrough(7).texts())
        .containsExactly("to all", "writers", "readers", "the end");
    assertThat(none.receiveThrough(7).texts()).containsExactly("to all", "the end");
    assertThat(alertsOnly.receiveThrough(7).texts()).containsExactly("the end");
  }

  @Test
  void shouldDeliverAGroupInOneFrame() {
    // given
    TestLane lane = laneOf("groups", TestAgent.hello("groups", "ann"));

    // when a group of which the agent may see every third
    PublishRecord[] records = new PublishRecord[300];
    for (int i = 0; i < records.length; i++) {
      records[i] =
          event(Topic.TOPIC_COMMANDS, Requests.agent(i % 3 == 0 ? "ann" : "other"), "event " + i);
    }
    coordinator.publish("groups", records);

    // then
    Delivery delivery = lane.delivery();
    assertThat(delivery.getOperationsList()).hasSize(100);
    assertThat(delivery.getFromOpId()).isZero();
    assertThat(delivery.getTo().getOpId()).isEqualTo(300);
    assertThat(delivery.getOperationsList())
        .allSatisfy(
            operation -> {
              assertThat(operation.getGroupFirst()).isEqualTo(1);
              assertThat(operation.getGroupLast()).isEqualTo(300);
            });
  }

  @Test
  void shouldDeliverAGroupLargerThanADeliveryInOneFrame() {
    // given
    TestLane live = laneOf("large", TestAgent.hello("large", "live"));
    PublishRecord big = sized(500_000);

    // when
    coordinator.publish("large", big, big, big);

    // then, live and from the past
    assertThat(live.delivery().getOperationsCount()).isEqualTo(3);
    TestLane late =
        TestAgent.connect(coordinator, TestAgent.hello("large", "late")).attach(Log.LOG_MAIN);
    assertThat(late.delivery().getOperationsCount()).isEqualTo(3);
  }

  @Test
  void shouldMoveTheCursorOfAnIdleAgentByBookmarks() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("bookmark", "ann"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();
    coordinator.publish("bookmark", event(Topic.TOPIC_COMMANDS, Requests.agent("other"), "unseen"));

    // when
    agent.beat(1);

    // then
    Delivery bookmark = lane.delivery();
    assertThat(bookmark.getOperationsList()).isEmpty();
    assertThat(bookmark.getTo()).isEqualTo(coordinator.swarm("bookmark").getSwarm().getMainHead());
  }

  @Test
  void shouldDeliverControlOnALaneOfItsOwn() {
    // given
    TestAgent agent =
        TestAgent.connect(
            coordinator,
            TestAgent.hello("lanes", "agent")
                .setView(Requests.view(Topic.TOPIC_CONTROL, Topic.TOPIC_COMMANDS)));
    TestLane main = agent.attach(Log.LOG_MAIN);
    TestLane control = agent.attach(Log.LOG_CONTROL);

    // when
    coordinator.publish("lanes", event("command"));
    coordinator.publish("lanes", event(Topic.TOPIC_CONTROL, ALL, "config"));

    // then
    assertThat(main.receiveOperations(1).texts()).containsExactly("command");
    assertThat(control.receiveOperations(1).texts()).containsExactly("config");
    assertThat(control.position().getLog()).isEqualTo(Log.LOG_CONTROL);
  }

  @Test
  void shouldNotTakeAnAckOfAnotherHistoryForOneOfThisLane() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("acked", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    // Else CaughtUp may come after the operations, and be taken for what is awaited below.
    lane.caughtUp();
    coordinator.publishEvents("acked", 3);
    lane.receiveOperations(3);
    Position applied = lane.position();

    // when
    lane.acknowledge(applied.toBuilder().setEpoch(applied.getEpoch() + 1).build());
    lane.acknowledge(applied.toBuilder().setLog(Log.LOG_CONTROL).build());

    // then
    for (int i = 0; i < 2; i++) {
      Failure.of(lane.next().getNotice())
          .is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH, "ack", "this lane");
    }
    assertThat(onlyLane(coordinator, "acked").getAckedOpId()).isZero();
  }

  @Test
  void shouldStopAtTheBoundOfUnacknowledgedOperationsAndGoOnWithAcks() throws Exception {
    try (Coordinator small =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxGroupRecords", 10, "maxUnacknowledgedOperations", 10, "maxDeliveryBytes", 1))) {
      // given
      TestAgent agent = TestAgent.connect(small, TestAgent.hello("unacked", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      lane.caughtUp();
      small.publishEvents("unacked", 30);

      // when nothing is acknowledged
      lane.receiveOperations(10);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(onlyLane(small, "unacked").getState()).isEqualTo("waiting for acks"));
      agent.beat(1);
      assertThat(agent.control().next().getHeartbeatReply().getLanes(0).getStalled()).isTrue();
      assertThat(lane.call().waitingFrames()).as("nothing beyond the bound").isZero();

      // then each ack makes room for as many
      lane.acknowledge(lane.position().toBuilder().setOpId(4).build());
      lane.receiveOperations(14);
      lane.acknowledge();
      lane.receiveOperations(24);
      lane.acknowledge();
      lane.receiveOperations(30);
      lane.acknowledge();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(onlyLane(small, "unacked").getAckedOpId()).isEqualTo(30));
    }
  }

  @Test
  void shouldStopAtTheBoundOfUnacknowledgedBytesAndGoOnWithAcks() throws Exception {
    try (Coordinator small =
        Coordinator.inMemory(
            Coordinator.limits("maxUnacknowledgedBytes", 4 << 20, "maxDeliveryBytes", 1))) {
      // given
      TestAgent agent = TestAgent.connect(small, TestAgent.hello("heavy", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      lane.caughtUp();
      for (int i = 0; i < 7; i++) {
        small.publish("heavy", sized(1_000_000));
      }

      // when nothing is acknowledged, then what goes beyond the bound is the last
      lane.receiveOperations(5);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(onlyLane(small, "heavy").getState()).isEqualTo("waiting for acks"));
      assertThat(lane.call().waitingFrames()).as("nothing beyond the bound").isZero();

      // and each ack makes room for as many
      lane.acknowledge(lane.position().toBuilder().setOpId(1).build());
      lane.receiveOperations(6);
      lane.acknowledge();
      lane.receiveOperations(7);
    }
  }

  @Test
  void shouldNotBelieveAnAckOfWhatIsNotInTheLog() throws Exception {
    try (Coordinator small =
        Coordinator.inMemory(
            Coordinator.limits(
                "maxGroupRecords", 5, "maxUnacknowledgedOperations", 5, "maxDeliveryBytes", 1))) {
      // given
      TestAgent agent = TestAgent.connect(small, TestAgent.hello("liar", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      lane.caughtUp();
      small.publishEvents("liar", 20);
      lane.receiveOperations(5);

      // when
      for (long opId : new long[] {20, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
        lane.acknowledge(lane.position().toBuilder().setOpId(opId).build());
      }

      // then it counts as an ack of all there is, and what is published later needs its own
      lane.receiveOperations(20);
      small.publishEvents("liar", 20);
      lane.receiveOperations(25);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(onlyLane(small, "liar").getState()).isEqualTo("waiting for acks"));
      assertThat(lane.call().waitingFrames()).isZero();
      assertThat(onlyLane(small, "liar").getAckedOpId()).isEqualTo(20);
    }
  }

  @Test
  void shouldLetAnAgentThatNeverReadsStopNobodyAndCostNoQueue() {
    // given an agent with a small window that reads nothing, and one that reads
    ManagedChannel narrow =
        NettyChannelBuilder.forAddress("127.0.0.1", coordinator.server().port())
            .usePlaintext()
            .flowControlWindow(65_535)
            .build();
    try {
      TestAgent deaf = TestAgent.connect(narrow, TestAgent.hello("deaf", "deaf"));
      TestLane unread = deaf.attachUnread(Log.LOG_MAIN);
      TestLane lane = laneOf("deaf", TestAgent.hello("deaf", "hears"));

      // when more is published than all windows and the tail in memory hold
      for (int i = 0; i < 40; i++) {
        coordinator.publish("deaf", sized(1 << 20));
        lane.receiveThrough(i + 1L);
        lane.acknowledge();
      }

      // then
      assertThat(lane.operations()).hasSize(40);
      ConnectedLane stalled =
          coordinator.agents("deaf").stream()
              .filter(agent -> agent.getAgent().equals("deaf"))
              .findFirst()
              .orElseThrow()
              .getLanes(0);
      assertThat(stalled.getState()).isEqualTo("waiting for the agent to read");
      assertThat(stalled.getSentOpId()).as("sent ahead of what is read").isLessThanOrEqualTo(2);
      assertThat(stalled.getHeadOpId()).isEqualTo(40);
      assertThat(coordinator.status().getShardsList())
          .allSatisfy(shard -> assertThat(shard.getQueuedCommands()).isZero());

      // and when it reads at last, it is told that it fell behind, and misses nothing
      unread.call().request(Integer.MAX_VALUE);
      boolean fellBehind = false;
      while (unread.operations().size() < 40) {
        fellBehind |= unread.next().hasFellBehind();
        unread.acknowledge();
      }
      assertThat(fellBehind).isTrue();
      assertThat(unread.operations()).isEqualTo(lane.operations());
      unread.caughtUp();
    } finally {
      narrow.shutdownNow();
    }
  }

  @Test
  void shouldNotDeliverWhatIsNotAcknowledgedByTheLog() {
    // given
    TestLane lane = laneOf("order", TestAgent.hello("order", "agent"));

    // when
    PublishAck ack = coordinator.publish("order", event("a"));

    // then the position of the ack is the one of the delivery
    lane.receiveThrough(1);
    assertThat(lane.position()).isEqualTo(ack.getLast());
  }

  private static TestLane laneOf(String swarm, dev.swarmlog.v1.Hello.Builder hello) {
    assertThat(hello.getSwarm()).isEqualTo(swarm);
    TestLane lane = TestAgent.connect(coordinator, hello).attach(Log.LOG_MAIN);
    lane.caughtUp();
    return lane;
  }

  private static ConnectedLane onlyLane(Coordinator coordinator, String swarm) {
    return coordinator.agents(swarm).get(0).getLanes(0);
  }

  private static PublishRecord sized(int bytes) {
    PublishRecord.Builder sized = event("").toBuilder();
    sized.getPayloadBuilder().setData(ByteString.copyFrom(new byte[bytes]));
    return sized.build();
  }
}
