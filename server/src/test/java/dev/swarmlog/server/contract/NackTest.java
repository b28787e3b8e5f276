package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.rpc.Status;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetParkedRequest;
import dev.swarmlog.v1.ListParkedRequest;
import dev.swarmlog.v1.ListParkedResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ParkedOperation;
import dev.swarmlog.v1.ParkedReport;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.ParkingServiceGrpc.ParkingServiceBlockingStub;
import dev.swarmlog.v1.PurgeParkedRequest;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of operations that an agent says it cannot apply. */
class NackTest {

  private static final String SWARM = "nacks";

  @TempDir private Path directory;
  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    coordinator = Coordinator.on(directory, UnaryOperator.identity(), "parking-attempts", "2");
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldGiveTheOperationAgainAndParkItAtLast() throws Exception {
    // given
    coordinator.publish(SWARM, event("order"), event("next"));
    TestAgent agent = TestAgent.connect(coordinator, refusing("ann"));
    TestAgent other = TestAgent.connect(coordinator, refusing("ben"));
    TestLane lane = agent.attach(Log.LOG_MAIN).receiveOperations(2);

    // when
    NackReply first = nack(agent, nack(1, Reaction.REACTION_RETRY));

    // then
    assertThat(first.getOutcome()).isEqualTo(NackReply.Outcome.OUTCOME_RETRY);
    assertThat(first.getAttempts()).isEqualTo(1);
    assertThat(first.getRetryAtUnixNano()).isPositive();
    lane.receiveOperations(3);
    Operation again = lane.operations().get(2);
    assertThat(again.getOrigin().getOpId()).isEqualTo(1);
    assertThat(again.getPayload()).isEqualTo(lane.operations().get(0).getPayload());

    // when
    NackReply second = nack(agent, nack(again.getOpId(), Reaction.REACTION_RETRY));

    // then
    assertThat(second.getOutcome()).isEqualTo(NackReply.Outcome.OUTCOME_PARKED);
    assertThat(second.getAttempts()).isEqualTo(2);
    ParkedOperation parked = list().getOperations(0);
    assertThat(parked.getAgent()).isEqualTo("ann");
    assertThat(parked.getAttempts()).isEqualTo(2);
    assertThat(parked.getStatus().getMessage()).isEqualTo("cannot");
    assertThat(parked.getOperation().getOpId()).isEqualTo(1);
    assertThat(parked.getOperation().getPayload().getData()).isEmpty();
    assertThat(parked.getOperationBytes()).isPositive();
    assertThat(get("ann", 1).getOperation()).isEqualTo(lane.operations().get(0));
    lane.receiveOperations(4);
    Operation alert = lane.operations().get(3);
    ParkedReport report = ParkedReport.parseFrom(alert.getPayload().getData());
    assertThat(alert.getTopic()).isEqualTo(Topic.TOPIC_ALERTS);
    assertThat(alert.getPayload().getType()).isEqualTo("swarmlog.v1.ParkedReport");
    assertThat(report.getAgent()).isEqualTo("ann");
    assertThat(report.getOpId()).isEqualTo(1);
    assertThat(report.getNewCount()).isEqualTo(1);
    assertThat(report.getParkedCount()).isEqualTo(1);
    // and the other agent never saw the second attempt
    assertThat(other.attach(Log.LOG_MAIN).receiveOperations(3).operations())
        .extracting(Operation::getOpId)
        .containsExactly(1L, 2L, 4L);
  }

  @Test
  void shouldReplayWhatIsParkedAcrossARestart() throws Exception {
    // given
    coordinator.publish(SWARM, event("order"), event("next"));
    TestAgent agent = TestAgent.connect(coordinator, refusing("ann"));
    agent.attach(Log.LOG_MAIN).receiveOperations(2);
    nack(agent, nack(1, Reaction.REACTION_PARK));
    nack(agent, nack(2, Reaction.REACTION_PARK));

    // when
    coordinator.restart();
    assertThat(list().getOperationsList()).hasSize(2);
    var replayed = parking().replayParked(replay("ann", 2));

    // then
    assertThat(replayed.getReplayedCount()).isEqualTo(1);
    assertThat(replayed.getComplete()).isTrue();
    assertThat(coordinator.everything(SWARM, Log.LOG_MAIN))
        .anySatisfy(operation -> assertThat(operation.getOrigin().getOpId()).isEqualTo(2));
    assertThat(reason(() -> parking().replayParked(replay("ann", 2))))
        .isEqualTo(ErrorReason.ERROR_REASON_NOT_PARKED);

    // when
    var purged =
        parking()
            .purgeParked(PurgeParkedRequest.newBuilder().setSwarm(SWARM).setAgent("ann").build());

    // then
    assertThat(purged.getPurgedCount()).isEqualTo(1);
    assertThat(list().getParkedCount()).isZero();
    assertThat(reason(() -> get("ann", 1))).isEqualTo(ErrorReason.ERROR_REASON_NOT_PARKED);
  }

  @Test
  void shouldListInPages() {
    // given
    coordinator.publishEvents(SWARM, 5);
    TestAgent agent = TestAgent.connect(coordinator, refusing("ann"));
    agent.attach(Log.LOG_MAIN).receiveOperations(5);
    for (int opId = 1; opId <= 5; opId++) {
      nack(agent, nack(opId, Reaction.REACTION_PARK));
    }

    // when
    ListParkedRequest first = ListParkedRequest.newBuilder().setSwarm(SWARM).setPageSize(3).build();
    ListParkedResponse page = parking().listParked(first);
    ListParkedResponse rest =
        parking().listParked(first.toBuilder().setPageToken(page.getNextPageToken()).build());

    // then
    assertThat(page.getOperationsList()).hasSize(3);
    assertThat(page.getParkedCount()).isEqualTo(5);
    assertThat(rest.getOperationsList())
        .extracting(parked -> parked.getOperation().getOpId())
        .containsExactly(4L, 5L);
    assertThat(rest.getNextPageToken()).isEmpty();
  }

  @Test
  void shouldAnswerBadNacksAndGoOn() {
    // given
    coordinator.publish(SWARM, event(Topic.TOPIC_COMMANDS, Requests.agent("ben"), "for ben"));
    coordinator.publish(SWARM, event("for all"));
    TestAgent agent = TestAgent.connect(coordinator, refusing("ann"));
    agent.attach(Log.LOG_MAIN).receiveOperations(1);

    // then
    for (Nack bad :
        List.of(
            nack(1, Reaction.REACTION_PARK).build(),
            nack(2, Reaction.REACTION_UNSPECIFIED).build(),
            nack(2, Reaction.REACTION_RETRY).setRetryAfterMs(86_400_001).build(),
            nack(2, Reaction.REACTION_RETRY).setRetryAfterMs(-1).build(),
            nack(2, Reaction.REACTION_RETRY).setLog(Log.LOG_TELEMETRY).build(),
            nack(2, Reaction.REACTION_RETRY).setLog(Log.LOG_UNSPECIFIED).build(),
            nack(2, Reaction.REACTION_RETRY).setLogValue(77).build(),
            nack(2, Reaction.REACTION_PARK).setReactionValue(99).build(),
            nack(0, Reaction.REACTION_PARK).build(),
            nack(3, Reaction.REACTION_PARK).build(),
            nack(-1, Reaction.REACTION_PARK).build())) {
      NackReply reply = nack(agent, bad.toBuilder());
      assertThat(reply.getOutcome()).as("%s", bad).isEqualTo(NackReply.Outcome.OUTCOME_REFUSED);
      assertThat(reply.getStatus().getMessage()).startsWith("Expected ");
    }
    assertThat(nack(agent, nack(2, Reaction.REACTION_SKIP)).getOutcome())
        .isEqualTo(NackReply.Outcome.OUTCOME_SKIPPED);
    assertThat(list().getParkedCount()).isZero();
  }

  @Test
  void shouldRefuseLogsOfALaterVersion() {
    coordinator.publish(SWARM, event("for all"));

    assertThat(
            reason(
                () -> parking().replayParked(replay("ann", 1).toBuilder().setLogValue(77).build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(
            reason(
                () ->
                    parking()
                        .purgeParked(
                            PurgeParkedRequest.newBuilder()
                                .setSwarm(SWARM)
                                .setAgent("ann")
                                .setLogValue(77)
                                .build())))
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldCutALongMessageBetweenTwoCharacters() {
    coordinator.publish(SWARM, event("order"));
    TestAgent agent = TestAgent.connect(coordinator, refusing("ann"));
    agent.attach(Log.LOG_MAIN).receiveOperations(1);

    nack(
        agent,
        nack(1, Reaction.REACTION_PARK)
            .setStatus(Status.newBuilder().setCode(13).setMessage("x" + "ö".repeat(2_000))));

    assertThat(list().getOperations(0).getStatus().getMessage()).isEqualTo("x" + "ö".repeat(499));
  }

  @Test
  void shouldEndTheSessionOfAnAgentThatNeverAskedToRefuse() {
    coordinator.publish(SWARM, event("order"));
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ann"));

    agent.control().send(frame(nack(1, Reaction.REACTION_PARK)));

    assertThat(agent.control().refusalInTheEnd().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION);
  }

  @Test
  void shouldRefuseTheNextWhereTooManyWaitToBeRead() {
    // given an agent that nacks everything and reads no answer
    coordinator.publishEvents(SWARM, 500);
    TestAgent agent = TestAgent.connect(coordinator, refusing("ann"));

    // when
    for (int round = 0; round < 40; round++) {
      for (int opId = 1; opId <= 500; opId++) {
        agent.control().send(frame(nack(opId, Reaction.REACTION_PARK)));
      }
    }

    // then it alone suffers, and heartbeats of others are answered
    TestAgent honest = TestAgent.connect(coordinator, refusing("ben"));
    assertThat(nack(honest, nack(7, Reaction.REACTION_PARK)).getOutcome())
        .isEqualTo(NackReply.Outcome.OUTCOME_PARKED);
    await().untilAsserted(() -> assertThat(list().getParkedCount()).isBetween(2L, 501L));
  }

  private static dev.swarmlog.v1.Hello.Builder refusing(String agent) {
    return TestAgent.hello(SWARM, agent).setCapabilities(Capability.CAPABILITY_NACK_VALUE);
  }

  private static Nack.Builder nack(long opId, Reaction reaction) {
    return Nack.newBuilder()
        .setLog(Log.LOG_MAIN)
        .setOpId(opId)
        .setReaction(reaction)
        .setStatus(Status.newBuilder().setCode(13).setMessage("cannot"));
  }

  private static ControlRequest frame(Nack.Builder nack) {
    return ControlRequest.newBuilder().setNack(nack).build();
  }

  private static NackReply nack(TestAgent agent, Nack.Builder nack) {
    agent.control().send(frame(nack));
    while (true) {
      ControlResponse frame = agent.control().next();
      if (frame.hasNackReply()) {
        assertThat(frame.getNackReply().getOpId()).isEqualTo(nack.getOpId());
        return frame.getNackReply();
      }
    }
  }

  private ParkingServiceBlockingStub parking() {
    return ParkingServiceGrpc.newBlockingStub(coordinator.channel());
  }

  private ListParkedResponse list() {
    return parking().listParked(ListParkedRequest.newBuilder().setSwarm(SWARM).build());
  }

  private ParkedOperation get(String agent, long opId) {
    return parking()
        .getParked(
            GetParkedRequest.newBuilder().setSwarm(SWARM).setAgent(agent).setOpId(opId).build())
        .getOperation();
  }

  private static ReplayParkedRequest replay(String agent, long opId) {
    return ReplayParkedRequest.newBuilder().setSwarm(SWARM).setAgent(agent).setOpId(opId).build();
  }

  private static ErrorReason reason(ThrowingCallable call) {
    return Failure.of(call).reason();
  }
}
