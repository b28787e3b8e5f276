package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogPlan;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Positions that agents come back with: the right ones, and all kinds of wrong ones. */
class ResumeTest {

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory();
    coordinator.publishEvents("resume", 10);
    // Its log grows by an alert.
    coordinator.publishEvents("rejected", 10);
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldGoOnBehindThePosition() {
    // given
    Position middle = positionAt("resume", 4);

    // when
    TestAgent agent = TestAgent.connect(coordinator, at(middle));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // then
    LogPlan plan = agent.plan(Log.LOG_MAIN);
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(plan.getMissingOperations()).isEqualTo(6);
    assertThat(plan.getStart()).isEqualTo(middle);
    assertThat(lane.operations())
        .extracting(op -> op.getOpId())
        .containsExactly(5L, 6L, 7L, 8L, 9L, 10L);
  }

  @Test
  void shouldSayThatNothingIsMissingAtTheHead() {
    Position head = coordinator.swarm("resume").getSwarm().getMainHead();

    TestAgent agent = TestAgent.connect(coordinator, at(head));

    assertThat(agent.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_CURRENT);
    assertThat(agent.attach(Log.LOG_MAIN).caughtUp()).isEqualTo(head);
  }

  @Test
  void shouldTakeTheBeginningAsAPosition() {
    Position beginning =
        coordinator.swarm("resume").getSwarm().getMainHead().toBuilder()
            .setOpId(0)
            .setRunningHash(ByteString.copyFrom(new byte[16]))
            .build();

    TestAgent agent = TestAgent.connect(coordinator, at(beginning));

    assertThat(agent.plan(Log.LOG_MAIN).getMissingOperations()).isEqualTo(10);
  }

  static Stream<Arguments> rejectedPositions() {
    return Stream.of(
        arguments(
            "beyond the head",
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "operation 11",
            position(p -> p.setOpId(11))),
        arguments(
            "far beyond the head",
            ErrorReason.ERROR_REASON_POSITION_BEYOND_HEAD,
            "operation 18446744073709551615",
            position(p -> p.setOpId(-1))),
        arguments(
            "of another incarnation",
            ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
            "incarnation",
            position(p -> p.setIncarnation(p.getIncarnation() + 1))),
        arguments(
            "of another epoch",
            ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
            "epoch",
            position(p -> p.setEpoch(p.getEpoch() ^ 1))),
        arguments(
            "with another running hash",
            ErrorReason.ERROR_REASON_EPOCH_MISMATCH,
            "running hash",
            position(p -> p.setRunningHash(ByteString.copyFrom(new byte[16])))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rejectedPositions")
  void shouldRejectAPosition(
      String what, ErrorReason reason, String part, UnaryOperator<Position.Builder> change) {
    // given
    Position wrong =
        change.apply(coordinator.swarm("rejected").getSwarm().getMainHead().toBuilder()).build();

    // when
    TestAgent agent =
        TestAgent.connect(
            coordinator, TestAgent.hello("rejected", "agent").addResume(TestAgent.at(wrong)));

    // then the session is open, the plan says why, and the lane cannot be attached
    LogPlan plan = agent.plan(Log.LOG_MAIN);
    assertThat(plan.getPlan()).isEqualTo(Plan.PLAN_REJECT);
    Failure.of(plan.getStatus()).is(reason, part);
    assertThat(plan.getReason()).isEqualTo(plan.getStatus().getMessage());
    StreamCall<DataRequest, DataResponse> data = coordinator.data();
    data.send(TestAgent.attachFrame(agent.welcome().getSessionId(), Log.LOG_MAIN));
    data.refusal().is(reason, part);
    agent.beat(1);
    assertThat(agent.control().next().hasHeartbeatReply()).isTrue();
  }

  static Stream<Arguments> malformedPositions() {
    return Stream.of(
        arguments(
            "without incarnation", "incarnation", position(Position.Builder::clearIncarnation)),
        arguments("without epoch", "epoch", position(Position.Builder::clearEpoch)),
        arguments(
            "without incarnation at the beginning",
            "incarnation",
            position(p -> p.clearIncarnation().setOpId(0))),
        arguments(
            "without hash", "16 bytes, but got 0", position(Position.Builder::clearRunningHash)),
        arguments(
            "with a short hash",
            "16 bytes, but got 15",
            position(p -> p.setRunningHash(ByteString.copyFrom(new byte[15])))),
        arguments("of a partition", "partition 0, but got 1", position(p -> p.setPartition(1))),
        arguments("of no log", "log", position(Position.Builder::clearLog)),
        arguments("of an unknown log", "log", position(p -> p.setLogValue(42))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformedPositions")
  void shouldRefuseAPosition(String what, String part, UnaryOperator<Position.Builder> change) {
    Position malformed =
        change.apply(coordinator.swarm("resume").getSwarm().getMainHead().toBuilder()).build();

    TestAgent.refused(coordinator, at(malformed))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, part);
  }

  @Test
  void shouldRefuseTwoPositionsOfOneLog() {
    Position head = coordinator.swarm("resume").getSwarm().getMainHead();

    TestAgent.refused(coordinator, at(head).addResume(TestAgent.at(head)))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "one position per log");
  }

  @Test
  void shouldRejectAPositionOfAnotherSwarm() {
    coordinator.publishEvents("elsewhere", 10);
    Position foreign = coordinator.swarm("elsewhere").getSwarm().getMainHead();

    TestAgent agent = TestAgent.connect(coordinator, at(foreign));

    Failure.of(agent.plan(Log.LOG_MAIN).getStatus())
        .is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH, "incarnation");
  }

  @Test
  void shouldTakeALogWithoutPositionAsFromTheBeginning() {
    TestAgent agent =
        TestAgent.connect(
            coordinator,
            TestAgent.hello("resume", "agent-fresh")
                .addResume(
                    LogResume.newBuilder()
                        .setPosition(Position.newBuilder().setLog(Log.LOG_MAIN))));

    assertThat(agent.plan(Log.LOG_MAIN).getMissingOperations()).isEqualTo(10);
  }

  private static UnaryOperator<Position.Builder> position(UnaryOperator<Position.Builder> change) {
    return change;
  }

  private static Hello.Builder at(Position position) {
    return TestAgent.hello("resume", "agent").addResume(TestAgent.at(position));
  }

  private static Position positionAt(String swarm, long opId) {
    Position head = coordinator.swarm(swarm).getSwarm().getMainHead();
    RunningHash hash = RunningHash.of(coordinator.everything(swarm, Log.LOG_MAIN));
    return head.toBuilder().setOpId(opId).setRunningHash(hash.hashes().get((int) opId)).build();
  }
}
