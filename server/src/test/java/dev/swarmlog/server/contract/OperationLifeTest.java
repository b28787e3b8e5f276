package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.agent;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.google.rpc.Status;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.AgentFate;
import dev.swarmlog.v1.AgentLife;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.FateCount;
import dev.swarmlog.v1.GetOperationLifeRequest;
import dev.swarmlog.v1.GetOperationLifeResponse;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of one operation, and of what became of it for each agent. */
class OperationLifeTest {

  private static final String SWARM = "lives";
  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  @TempDir private Path directory;
  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    coordinator = Coordinator.on(directory);
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldTellWhenAnAgentWasGivenAnOperationAndAppliedIt() {
    // given an agent whose clock is 100 s behind
    TestAgent ann = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ann"));
    tellClock(ann);
    TestLane lane = ann.attach(Log.LOG_MAIN);
    lane.caughtUp();
    coordinator.publish(SWARM, event("one"), event("two"));
    lane.receiveOperations(2);

    // then
    AgentLife delivered = life(2, "ann");
    assertThat(delivered.getFate()).isEqualTo(AgentFate.AGENT_FATE_DELIVERED);
    assertThat(delivered.getReason()).isEqualTo("it has not acknowledged it; it stands at 0 of 2");
    assertThat(delivered.getConnected()).isTrue();
    assertThat(delivered.getAcknowledgedUnixNano()).isZero();

    // when
    long appliedUnixNs = delivered.getHandedOutUnixNano() - 100 * SECOND_NS + 5_000;
    acknowledge(lane, appliedUnixNs);
    await().until(() -> life(2, "ann").getFate() == AgentFate.AGENT_FATE_ACKNOWLEDGED);

    // then
    GetOperationLifeResponse life = life(1);
    assertThat(life.getOperation().getPayload().getData().toStringUtf8()).isEqualTo("one");
    assertThat(life.getOperation().getPublisher()).isEqualTo("publisher");
    assertThat(life.getHeadOpId()).isEqualTo(2);
    assertThat(life.getAppendedUnixNano()).isEqualTo(life.getOperation().getAppendTimeUnixNano());
    assertThat(life.getReceivedUnixNano()).isPositive();
    assertThat(life.getDurableUnixNano()).isGreaterThan(life.getReceivedUnixNano());
    AgentLife acknowledged = life.getAgents(0);
    assertThat(acknowledged.getReason()).isEmpty();
    assertThat(acknowledged.getAckedOpId()).isEqualTo(2);
    assertThat(acknowledged.getHandedOutUnixNano()).isGreaterThan(life.getDurableUnixNano());
    assertThat(acknowledged.getAcknowledgedUnixNano())
        .isGreaterThan(acknowledged.getHandedOutUnixNano());
    assertThat(acknowledged.getAppliedUnixNano())
        .isEqualTo(acknowledged.getHandedOutUnixNano() + 5_000);
    assertThat(acknowledged.getAppliedUncertaintyNano()).isEqualTo(7_000);
    assertThat(life.getFatesList())
        .containsExactly(
            FateCount.newBuilder().setFate(AgentFate.AGENT_FATE_ACKNOWLEDGED).setCount(1).build());
  }

  @Test
  void shouldKnowWhenTheFirstOperationOfALogWasDurable() {
    coordinator.publish(SWARM, event("one"));

    assertThat(life(1).getReceivedUnixNano()).isPositive();
    assertThat(life(1).getDurableUnixNano()).isGreaterThan(life(1).getReceivedUnixNano());
  }

  @Test
  void shouldSayThatAnAgentDoesNotRead() {
    // given
    TestAgent slow = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "slow"));
    coordinator.publish(SWARM, event("first"));
    slow.attachUnread(Log.LOG_MAIN);
    String large = "x".repeat(500_000);
    for (int i = 0; i < 20; i++) {
      coordinator.publish(SWARM, event(large));
    }

    // then
    await()
        .untilAsserted(
            () -> {
              AgentLife stuck = life(21, "slow");
              assertThat(stuck.getFate()).isEqualTo(AgentFate.AGENT_FATE_NOT_DELIVERED);
              assertThat(stuck.getReason())
                  .matches("its window is closed: it has not read for \\d+ m?s");
              assertThat(stuck.getHandedOutUnixNano()).isZero();
            });
  }

  @Test
  void shouldSayThatAHandlerRuns() {
    // given
    TestAgent ann = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ann"));
    coordinator.publish(SWARM, event("first"));
    ann.attach(Log.LOG_MAIN).receiveOperations(1);
    ann.control()
        .send(
            ControlRequest.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setNumber(1).setHandlerRunningMs(8_100))
                .build());
    ann.control().next();

    // then
    assertThat(life(1, "ann").getReason())
        .isEqualTo("its handler has been running for 8 s; it stands at 0 of 1");
  }

  @Test
  void shouldTellWhatIsNotForAnAgent() {
    // given
    TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ann")).attach(Log.LOG_MAIN);
    coordinator.publish(SWARM, event(Topic.TOPIC_COMMANDS, agent("ben"), "for ben"));

    // then the one it is for has never been seen
    GetOperationLifeResponse life = life(1);
    assertThat(life.getAgentsList())
        .extracting(AgentLife::getAgent, AgentLife::getFate)
        .containsExactly(
            tuple("ben", AgentFate.AGENT_FATE_NOT_CONNECTED),
            tuple("ann", AgentFate.AGENT_FATE_NOT_IN_VIEW));
    assertThat(life.getAgents(0).getReason())
        .isEqualTo("not connected; it has never acknowledged anything here");

    // and what she sees is told where she alone is asked for
    assertThat(life.getAgents(1).getScopesList()).isEmpty();
    assertThat(life(1, "ann").getScopesList())
        .isNotEmpty()
        .doesNotContain(
            Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(agent("ben")).build());
    assertThat(life(1, "ben").getScopesList()).isEmpty();
  }

  @Test
  void shouldTellWhereAgentsStandThatHaveLeft() throws Exception {
    // given ann who applied the first and left
    TestAgent ann = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ann"));
    coordinator.publish(SWARM, event("one"));
    TestLane lane = ann.attach(Log.LOG_MAIN).receiveOperations(1);
    lane.acknowledge();
    await().until(() -> life(1, "ann").getFate() == AgentFate.AGENT_FATE_ACKNOWLEDGED);
    ann.vanish();
    await().until(() -> coordinator.agents(SWARM).isEmpty());
    coordinator.publish(SWARM, event("two"));

    // then
    AgentLife before = life(1, "ann");
    assertThat(before.getFate()).isEqualTo(AgentFate.AGENT_FATE_ACKNOWLEDGED);
    assertThat(before.getConnected()).isFalse();
    AgentLife missed = life(2).getAgents(0);
    assertThat(missed.getFate()).isEqualTo(AgentFate.AGENT_FATE_NOT_CONNECTED);
    assertThat(missed.getAckedOpId()).isEqualTo(1);
    assertThat(missed.getReason())
        .matches("not connected; last seen \\d\\d:\\d\\d:\\d\\d UTC; it stands at 1 of 2");
    assertThat(missed.getLastSeenUnixNano()).isPositive();

    // when
    coordinator.restart();

    // then what was in memory only is not known any more
    GetOperationLifeResponse later = life(2);
    assertThat(later.getReceivedUnixNano()).isZero();
    assertThat(later.getDurableUnixNano()).isZero();
    assertThat(later.getAppendedUnixNano()).isPositive();
    assertThat(later.getStartedUnixNano()).isGreaterThan(later.getAppendedUnixNano());
    assertThat(later.getAgents(0).getReason()).isEqualTo("not connected; it stands at 1 of 2");
    assertThat(later.getAgents(0).getLastSeenUnixNano()).isZero();
  }

  @Test
  void shouldTellWhatAgentsRefused() {
    // given
    coordinator.publish(SWARM, event("one"), event("two"), event("three"));
    TestAgent ann =
        TestAgent.connect(
            coordinator,
            TestAgent.hello(SWARM, "ann").setCapabilities(Capability.CAPABILITY_NACK_VALUE));
    tellClock(ann);
    TestLane lane = ann.attach(Log.LOG_MAIN).receiveOperations(3);

    // when it goes on behind them
    nack(ann, 1, Reaction.REACTION_PARK, 0);
    nack(ann, 2, Reaction.REACTION_RETRY, 3_600_000);
    nack(ann, 3, Reaction.REACTION_SKIP, 0);
    acknowledge(lane, nowNs() - 100 * SECOND_NS);
    await().until(() -> life(1, "ann").getAckedOpId() == 3);

    // then
    AgentLife parked = life(1, "ann");
    assertThat(parked.getFate()).isEqualTo(AgentFate.AGENT_FATE_PARKED);
    assertThat(parked.getReason())
        .matches("parked at \\d\\d:\\d\\d:\\d\\d UTC after 1 attempt: cannot");
    assertThat(parked.getHandedOutUnixNano()).isPositive();
    AgentLife waiting = life(2, "ann");
    assertThat(waiting.getFate()).isEqualTo(AgentFate.AGENT_FATE_RETRY);
    assertThat(waiting.getReason())
        .matches("refused after 1 attempt, comes again in (1 h 0 min|59 min \\d+ s): cannot");
    assertThat(waiting.getAttempts()).isEqualTo(1);
    assertThat(waiting.getRetryAtUnixNano()).isPositive();
    AgentLife skipped = life(3, "ann");
    assertThat(skipped.getFate()).isEqualTo(AgentFate.AGENT_FATE_SKIPPED);
    assertThat(skipped.getReason()).isEqualTo("given up: cannot");
    assertThat(life(1).getAgentsList()).hasSize(1);
    // and the ack that covers them says of none that it was applied
    assertThat(new AgentLife[] {parked, waiting, skipped})
        .allSatisfy(
            refused -> {
              assertThat(refused.getHandedOutUnixNano()).isPositive();
              assertThat(refused.getAppliedUnixNano()).isZero();
              assertThat(refused.getAcknowledgedUnixNano()).isZero();
            });
  }

  @Test
  void shouldTellWhatASyncLeftOut() {
    // given an agent that comes when a key has been written twice and deleted rows are none
    coordinator.publish(SWARM, keyed("k", "1"), event("e"));
    coordinator.publish(SWARM, keyed("k", "2"));
    Hello.Builder hello =
        TestAgent.hello(SWARM, "ann").setCapabilities(Capability.CAPABILITY_SYNC_VALUE);
    TestAgent ann = TestAgent.connect(coordinator, hello);
    TestLane lane = ann.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // then
    GetOperationLifeResponse first = life(1);
    assertThat(first.getSupersededByOpId()).isEqualTo(3);
    assertThat(first.getAgents(0).getFate()).isEqualTo(AgentFate.AGENT_FATE_SUPERSEDED);
    assertThat(first.getAgents(0).getReason())
        .isEqualTo("operation 3 on its key came before it was sent");
    assertThat(first.getAgents(0).getHandedOutUnixNano()).isZero();
    assertThat(life(2, "ann").getFate()).isEqualTo(AgentFate.AGENT_FATE_DELIVERED);
    assertThat(life(3, "ann").getFate()).isEqualTo(AgentFate.AGENT_FATE_DELIVERED);
    assertThat(life(3).getSupersededByOpId()).isZero();

    // and what is superseded only after it was handed out was handed out
    coordinator.publish(SWARM, keyed("k", "3"));
    lane.receiveThrough(4);
    assertThat(life(3).getSupersededByOpId()).isEqualTo(4);
    assertThat(life(3, "ann").getFate()).isEqualTo(AgentFate.AGENT_FATE_DELIVERED);
  }

  @Test
  void shouldTellThatAnEventHadExpired() {
    // given an event that expires, and an agent that comes later
    coordinator.publish(
        SWARM, event("old").toBuilder().setExpiresAtUnixNano(nowNs() + 1_000_000).build());
    await().until(() -> nowNs() > life(1).getOperation().getExpiresAtUnixNano());
    coordinator.publish(SWARM, event("new"));
    TestAgent ann = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ann"));
    ann.attach(Log.LOG_MAIN).receiveThrough(2);

    // then
    AgentLife expired = life(1, "ann");
    assertThat(expired.getFate()).isEqualTo(AgentFate.AGENT_FATE_EXPIRED);
    assertThat(expired.getReason()).startsWith("it had expired at ");
    assertThat(life(1).getOperation().getPayload().getData().toStringUtf8()).isEqualTo("old");
  }

  @Test
  void shouldListNoMoreAgentsThanAskedForTheUrgentOnesFirst() {
    // given
    coordinator.publish(SWARM, event("one"));
    for (String name : new String[] {"ann", "ben", "cy"}) {
      TestAgent connected = TestAgent.connect(coordinator, TestAgent.hello(SWARM, name));
      if (!name.equals("cy")) {
        connected.attach(Log.LOG_MAIN).receiveOperations(1).acknowledge();
        await().until(() -> life(1, name).getFate() == AgentFate.AGENT_FATE_ACKNOWLEDGED);
      }
    }

    // when
    GetOperationLifeResponse life =
        observation()
            .getOperationLife(
                GetOperationLifeRequest.newBuilder()
                    .setSwarm(SWARM)
                    .setOpId(1)
                    .setMaxAgents(2)
                    .build());

    // then
    assertThat(life.getAgentsList()).extracting(AgentLife::getAgent).containsExactly("cy", "ann");
    assertThat(life.getAgents(0).getReason()).isEqualTo("it has not attached its lane");
    assertThat(life.getFatesList()).extracting(FateCount::getCount).containsExactly(1L, 2L);
  }

  @Test
  void shouldRefuseWhatIsNotThere() {
    coordinator.publish(SWARM, event("one"), event("two"));
    coordinator.publish(SWARM, event("three"));
    compact(2);

    assertThat(refused(SWARM, Log.LOG_MAIN, 4).message())
        .isEqualTo("Expected an operation up to the head of main of swarm 'lives', 3, but got 4.");
    assertThat(refused(SWARM, Log.LOG_MAIN, 4).metadata()).containsEntry("head_op_id", "3");
    assertThat(refused(SWARM, Log.LOG_MAIN, -1).metadata()).containsEntry("head_op_id", "3");
    assertThat(refused(SWARM, Log.LOG_MAIN, 2).message())
        .isEqualTo(
            "Expected an operation above the horizon of main of swarm 'lives', 2, but got 2: it has been compacted.");
    assertThat(refused(SWARM, Log.LOG_CONTROL, 1).metadata()).containsEntry("head_op_id", "0");
    assertThat(refused(SWARM, Log.LOG_TELEMETRY, 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refused(SWARM, Log.LOG_MAIN, 0).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
    assertThat(refused("nowhere", Log.LOG_MAIN, 1).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
  }

  private Failure refused(String swarm, Log log, long opId) {
    return Failure.of(
        () ->
            observation()
                .getOperationLife(
                    GetOperationLifeRequest.newBuilder()
                        .setSwarm(swarm)
                        .setLog(log)
                        .setOpId(opId)
                        .build()));
  }

  private void compact(long opId) {
    coordinator
        .administration()
        .compactSwarm(
            CompactSwarmRequest.newBuilder()
                .setSwarm(SWARM)
                .setLog(Log.LOG_MAIN)
                .setUpToOpId(opId)
                .build());
  }

  /** Says that the agent's clock is 100 s behind. */
  private static void tellClock(TestAgent agent) {
    agent
        .control()
        .send(
            ControlRequest.newBuilder()
                .setHeartbeat(
                    Heartbeat.newBuilder()
                        .setNumber(1)
                        .setClockOffsetNano(100 * SECOND_NS)
                        .setClockUncertaintyNano(7_000))
                .build());
    agent.control().next();
  }

  private static void acknowledge(TestLane lane, long appliedUnixNs) {
    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(
                    Ack.newBuilder().setApplied(lane.position()).setAppliedUnixNano(appliedUnixNs))
                .build());
  }

  private static void nack(TestAgent agent, long opId, Reaction reaction, long retryAfterMs) {
    agent
        .control()
        .send(
            ControlRequest.newBuilder()
                .setNack(
                    Nack.newBuilder()
                        .setLog(Log.LOG_MAIN)
                        .setOpId(opId)
                        .setReaction(reaction)
                        .setRetryAfterMs(retryAfterMs)
                        .setStatus(Status.newBuilder().setCode(13).setMessage("cannot")))
                .build());
    ControlResponse reply = agent.control().next();
    assertThat(reply.getNackReply().getOpId()).isEqualTo(opId);
  }

  private GetOperationLifeResponse life(long opId) {
    return observation()
        .getOperationLife(
            GetOperationLifeRequest.newBuilder().setSwarm(SWARM).setOpId(opId).build());
  }

  private AgentLife life(long opId, String agent) {
    GetOperationLifeResponse life =
        observation()
            .getOperationLife(
                GetOperationLifeRequest.newBuilder()
                    .setSwarm(SWARM)
                    .setOpId(opId)
                    .setAgent(agent)
                    .build());
    assertThat(life.getAgentsList()).hasSize(1);
    assertThat(life.getAgents(0).getAgent()).isEqualTo(agent);
    return life.getAgents(0);
  }

  private ObservationServiceGrpc.ObservationServiceBlockingStub observation() {
    return ObservationServiceGrpc.newBlockingStub(coordinator.channel())
        .withDeadlineAfter(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static long nowNs() {
    return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
  }
}
