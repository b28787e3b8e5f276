package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerReport;
import dev.swarmlog.v1.BreakerState;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.ListAgentsRequest;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Nack.Reaction;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.ParkingServiceGrpc;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerHello;
import dev.swarmlog.v1.PublishGroup;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.ReplayParkedRequest;
import dev.swarmlog.v1.SetRateLimitsRequest;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Agents that cost others are not served for a time, and they alone. */
class BreakerTest {

  private static final String SWARM = "breakers";
  private static final int MANY = 500;
  private static final PublishGroup NONSENSE =
      Requests.group(0, Requests.event(Topic.TOPIC_UNSPECIFIED, Requests.ALL, "nonsense"));

  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    coordinator = Coordinator.inMemory(UnaryOperator.identity(), "breaker-wait", "500ms");
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldNotServeAnAgentThatRefusesEverythingUntilItHasWaited() throws Exception {
    // given
    coordinator.publishEvents(SWARM, 40);
    TestAgent honest = TestAgent.connect(coordinator, hello("honest"));
    TestLane lane = honest.attach(Log.LOG_MAIN).receiveOperations(40);
    TestAgent agent = agentGiven(40, "broken");

    // when
    for (int opId = 1; opId <= 20; opId++) {
      refuse(agent, opId);
    }

    // then
    Failure ended = agent.control().endInTheEnd().failure();
    assertThat(ended.reason()).isEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
    assertThat(ended.retry()).isTrue();
    assertThat(ended.message()).contains("refused 20 of 20 operations");
    assertUnserved(TestAgent.refused(coordinator, hello("broken")));
    AgentBreaker breaker = breakers().get(0);
    assertThat(breaker.getAgent()).isEqualTo("broken");
    assertThat(breaker.getState()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
    assertThat(breaker.getHistory(0).getCause()).isEqualTo(BreakerCause.BREAKER_CAUSE_NACKS);
    // and the swarm is told
    assertThat(reports(lane, 1))
        .singleElement()
        .satisfies(
            report -> {
              assertThat(report.getAgent()).isEqualTo("broken");
              assertThat(report.getChange().getState()).isEqualTo(BreakerState.BREAKER_STATE_OPEN);
            });

    // when it comes back later, and applies what it is given
    await().until(() -> isServed("broken"));
    TestAgent back = TestAgent.connect(coordinator, hello("broken"));
    TestLane again = back.attach(Log.LOG_MAIN).receiveThrough(40);
    await()
        .until(
            () -> {
              again.acknowledge();
              return breakers().get(0).getState() == BreakerState.BREAKER_STATE_CLOSED;
            });
    assertThat(reports(lane, 2).get(1).getChange().getState())
        .isEqualTo(BreakerState.BREAKER_STATE_CLOSED);
  }

  @Test
  void shouldServeAnAgentThatRefusesEveryThirdOperationHoweverOftenItIsGivenThemAgain()
      throws Exception {
    // given operations one at a time, as an agent gets them that keeps up
    TestAgent agent = null;
    TestLane lane = null;
    int refusals = 0;
    for (int round = 1; round <= 40; round++) {
      coordinator.publishEvents(SWARM, 3);
      if (lane == null) {
        agent = TestAgent.connect(coordinator, hello("third"));
        lane = agent.attach(Log.LOG_MAIN);
      }
      // when two of three are applied, the third is refused, and so is what comes again
      List<Operation> fresh = fresh(lane, 3 * round);
      lane.acknowledge(at(lane, fresh.get(3 * round - 2)));
      refusals += refuseThroughParking(agent, lane, fresh.get(3 * round - 1).getOpId());
    }

    // then it is refused more often than anything is applied, and served all the same
    assertThat(refusals).isEqualTo(40 * 5);
    assertThat(breakers()).isEmpty();
  }

  @Test
  void shouldCountWhatWasAppliedBeforeANackAtOnce() throws Exception {
    // given one batch, of which nothing is acknowledged
    coordinator.publishEvents(SWARM, 90);
    TestAgent agent = agentGiven(90, "third");

    // when every third is refused
    for (int opId = 3; opId <= 90; opId += 3) {
      assertThat(settle(agent, nack(opId, Reaction.REACTION_PARK).setAppliedBefore(2)).getOutcome())
          .isEqualTo(NackReply.Outcome.OUTCOME_PARKED);
    }

    // then
    assertThat(breakers()).isEmpty();
  }

  @Test
  void shouldNotBelieveThatMoreWasAppliedThanWasDelivered() throws Exception {
    coordinator.publishEvents(SWARM, 40);
    TestAgent agent = agentGiven(40, "boaster");

    for (int opId = 1; opId <= 40; opId++) {
      agent
          .control()
          .send(frame(nack(opId, Reaction.REACTION_SKIP).setAppliedBefore(opId == 1 ? 0 : -1)));
    }

    assertUnserved(agent.control().refusalInTheEnd());
  }

  @Test
  void shouldServeAnAgentThatWorksAgainAfterOneTrial() throws Exception {
    // given what an agent refused in one batch, and did not come to commit
    coordinator.publishEvents(SWARM, 60);
    TestAgent agent = agentGiven(60, "mended");
    for (int opId = 1; opId <= 20; opId++) {
      agent.control().send(frame(nack(opId, Reaction.REACTION_PARK)));
    }
    assertUnserved(agent.control().refusalInTheEnd());
    await().until(() -> isServed("mended"));

    // when it is given all of it again, says the same, and applies what comes behind
    TestAgent back = TestAgent.connect(coordinator, hello("mended"));
    TestLane lane = back.attach(Log.LOG_MAIN).receiveThrough(60);
    for (int opId = 1; opId <= 20; opId++) {
      settle(back, nack(opId, Reaction.REACTION_PARK));
    }
    assertThat(breakers().get(0).getState()).isEqualTo(BreakerState.BREAKER_STATE_HALF_OPEN);
    lane.acknowledge();

    // then one ack is enough
    await().until(() -> breakers().get(0).getState() == BreakerState.BREAKER_STATE_CLOSED);
    assertThat(breakers().get(0).getOpenedCount()).isEqualTo(1);
  }

  @Test
  void shouldNotServeAnAgentThatSaysTheSameAgainAndAgain() {
    coordinator.publishEvents(SWARM, 1);
    TestAgent agent = agentGiven(1, "parrot");

    for (int i = 0; i < 100; i++) {
      settle(agent, nack(1, Reaction.REACTION_PARK));
    }
    agent.control().send(frame(nack(1, Reaction.REACTION_PARK)));

    assertUnserved(agent.control().refusalInTheEnd());
    assertThat(breakers().get(0).getHistory(0).getCause())
        .isEqualTo(BreakerCause.BREAKER_CAUSE_RETRIES);
  }

  @Test
  void shouldServeAnAgentThatCannotApplyWhatIsReplayedEither() throws Exception {
    // given what is parked, after good ones
    coordinator.publishEvents(SWARM, 30);
    TestAgent agent = TestAgent.connect(coordinator, hello("healthy"));
    TestLane lane = agent.attach(Log.LOG_MAIN).receiveOperations(30);
    for (int opId = 25; opId <= 30; opId++) {
      settle(agent, nack(opId, Reaction.REACTION_PARK).setAppliedBefore(opId == 25 ? 24 : 0));
    }
    lane.acknowledge();

    // when a person has all of it tried again, five times
    for (int round = 0; round < 5; round++) {
      int before = lane.operations().size();
      replay("healthy");
      while (redeliveries(lane.operations().subList(before, lane.operations().size())).size() < 6) {
        lane.next();
      }
      for (Operation again :
          redeliveries(lane.operations().subList(before, lane.operations().size()))) {
        settle(agent, nack(again.getOpId(), Reaction.REACTION_PARK));
      }
    }

    // then
    assertThat(breakers()).isEmpty();
  }

  /** Refuses an operation, and what comes again of it, until it is parked; answers how often. */
  private static int refuseThroughParking(TestAgent agent, TestLane lane, long firstOpId) {
    long opId = firstOpId;
    for (int refusals = 1; ; refusals++) {
      NackReply reply = settle(agent, nack(opId, Reaction.REACTION_RETRY));
      if (reply.getOutcome() == NackReply.Outcome.OUTCOME_PARKED) {
        return refusals;
      }
      long before = opId;
      while (newest(lane, firstOpId) <= before) {
        lane.next();
      }
      opId = newest(lane, firstOpId);
    }
  }

  /** As which operation another came again last; 0 if it has not. */
  private static long newest(TestLane lane, long firstOpId) {
    return redeliveries(lane.operations()).stream()
        .filter(again -> again.getOrigin().getOpId() == firstOpId)
        .mapToLong(Operation::getOpId)
        .max()
        .orElse(0);
  }

  private static List<Operation> redeliveries(List<Operation> operations) {
    return operations.stream().filter(Operation::hasOrigin).toList();
  }

  /** What was published, once there is so much of it. */
  private static List<Operation> fresh(TestLane lane, int count) {
    while (true) {
      List<Operation> fresh =
          lane.operations().stream()
              .filter(op -> !op.hasOrigin() && op.getTopic() != Topic.TOPIC_ALERTS)
              .toList();
      if (fresh.size() == count) {
        return fresh;
      }
      lane.next();
    }
  }

  private static Position at(TestLane lane, Operation operation) {
    return lane.position().toBuilder().setOpId(operation.getOpId()).build();
  }

  private void replay(String agent) {
    ParkingServiceGrpc.newBlockingStub(coordinator.channel())
        .replayParked(ReplayParkedRequest.newBuilder().setSwarm(SWARM).setAgent(agent).build());
  }

  @Test
  void shouldNotServeAnAgentThatBreaksTheContract() {
    coordinator.publishEvents(SWARM, 1);
    for (int i = 0; i < 5; i++) {
      TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "rude"));
      refuse(agent, 1);
      assertThat(agent.control().refusalInTheEnd().reason())
          .isIn(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, ErrorReason.ERROR_REASON_BREAKER_OPEN);
    }

    assertUnserved(TestAgent.refused(coordinator, TestAgent.hello(SWARM, "rude")));
    assertThat(isServed("polite")).isTrue();
  }

  @Test
  void shouldNotServeAnAgentThatMakesUpForItsViolationsByHeartbeats() {
    coordinator.publishEvents(SWARM, 1);
    for (int i = 0; i < 5; i++) {
      TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "rude"));
      for (int number = 1; number <= 20; number++) {
        agent.control().send(IdleFramesTest.heartbeat(number));
      }
      agent.control().send(TestAgent.frame(TestAgent.hello(SWARM, "rude")));
      assertThat(agent.control().refusalInTheEnd().reason())
          .isIn(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, ErrorReason.ERROR_REASON_BREAKER_OPEN);
    }

    assertUnserved(TestAgent.refused(coordinator, TestAgent.hello(SWARM, "rude")));
  }

  @Test
  void shouldNotServeAnAgentThatComesBackInATightLoop() {
    coordinator.publishEvents(SWARM, 1);
    ErrorReason last = null;
    for (int i = 0; i < 200 && last == null; i++) {
      last = isServed("hasty") ? null : ErrorReason.ERROR_REASON_BREAKER_OPEN;
    }

    assertThat(last).isEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
    assertThat(breakers().get(0).getHistory(0).getCause())
        .isEqualTo(BreakerCause.BREAKER_CAUSE_RETRIES);
    assertThat(isServed("patient")).isTrue();
  }

  @Test
  void shouldNotServeAPublisherWhoseGroupsAreRefusedAgainAndAgain() {
    // given
    coordinator.publishEvents(SWARM, 1);
    var stream = publisher(coordinator, "spammer");
    stream.next();

    // when
    for (int i = 0; i < 50; i++) {
      stream.send(
          Requests.frame(
              Requests.group(
                  1, Requests.event(Topic.TOPIC_UNSPECIFIED, Requests.ALL, "nonsense"))));
      assertThat(stream.next().getRefusal().getNumber()).isEqualTo(1);
    }
    stream.send(Requests.frame(Requests.group(1, Requests.event("sense"))));

    // then
    assertUnserved(stream.refusalInTheEnd());
    var again = publisher(coordinator, "spammer");
    assertUnserved(again.refusalInTheEnd());
    var honest = publisher(coordinator, "honest");
    assertThat(honest.next().hasWelcome()).isTrue();
  }

  @Test
  void shouldCountSinglePublishesThatAreAcceptedToo() {
    // when a third of what is published is refused
    for (int i = 0; i < 60; i++) {
      assertThat(refused(NONSENSE)).isNotEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
      coordinator.publishEvents(SWARM, 2);
    }

    // then
    assertThat(breakers()).isEmpty();
  }

  @Test
  void shouldCountSinglePublishesThatAreRefusedByTheLog() {
    // given
    coordinator.publish(SWARM, Requests.withKey("order-1", Requests.event("first")));

    // when
    PublishGroup conflict = Requests.withKey("order-1", Requests.event("another"));
    for (int i = 0; i < 50; i++) {
      assertThat(refused(conflict))
          .isIn(ErrorReason.ERROR_REASON_REQUEST_CONFLICT, ErrorReason.ERROR_REASON_BREAKER_OPEN);
    }

    // then
    assertThat(refused(conflict)).isEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
    assertThat(breakers().get(0).getHistory(0).getCause())
        .isEqualTo(BreakerCause.BREAKER_CAUSE_REFUSALS);
  }

  @Test
  void shouldNotServeAPublisherThatComesBackSoonerThanItWasTold() throws Exception {
    try (Coordinator impatient =
        Coordinator.inMemory(Coordinator.limits("ratePatience", Duration.ofMillis(1)))) {
      // given
      impatient.publishEvents(SWARM, 1);
      limit(
          impatient,
          RateLimits.newBuilder()
              .addAgent(
                  TopicRateLimit.newBuilder()
                      .setTopic(Topic.TOPIC_COMMANDS)
                      .setLimit(rate(1, MANY))));
      var stream = publisher(impatient, "hasty");
      stream.next();
      stream.send(Requests.frame(group(1)));
      assertThat(stream.next().hasAck()).isTrue();

      // when it is told to wait for minutes, and comes again 50 times
      for (int i = 0; i < 51; i++) {
        stream.send(Requests.frame(group(2)));
        assertThat(Failure.of(stream.next().getRefusal().getStatus()).reason())
            .isEqualTo(ErrorReason.ERROR_REASON_RATE_LIMITED);
      }
      stream.send(Requests.frame(group(2)));

      // then
      assertUnserved(stream.refusalInTheEnd());
    }
  }

  @Test
  void shouldServeAPublisherThatComesWhenItWasToldAndFindsNothingLeft() throws Exception {
    try (Coordinator impatient =
        Coordinator.inMemory(Coordinator.limits("ratePatience", Duration.ofMillis(1)))) {
      // given what is left for all is taken by another
      impatient.publishEvents(SWARM, 1);
      limit(impatient, RateLimits.newBuilder().setSwarm(rate(20 * MANY, 2 * MANY)));
      var patient = publisher(impatient, "patient");
      patient.next();
      var rival = publisher(impatient, "rival");
      rival.next();
      long rivals = 1;
      long number = 1;

      // when
      for (int refused = 0; refused < 60; ) {
        rival.send(Requests.frame(group(rivals)));
        rivals += rival.next().hasAck() ? 1 : 0;
        patient.send(Requests.frame(group(number)));
        PublishStreamResponse answer = patient.next();
        if (answer.hasAck()) {
          number++;
        } else {
          refused++;
          assertThat(patient.nextWithin(toldMs(answer.getRefusal().getStatus()))).isNull();
        }
      }

      // then
      var again = publisher(impatient, "patient");
      assertThat(again.next().hasWelcome()).isTrue();
    }
  }

  /** Rounded up. */
  private static long toldMs(Status status) throws InvalidProtocolBufferException {
    for (Any detail : status.getDetailsList()) {
      if (detail.is(RetryInfo.class)) {
        com.google.protobuf.Duration told = detail.unpack(RetryInfo.class).getRetryDelay();
        return told.getSeconds() * 1_000 + told.getNanos() / 1_000_000 + 1;
      }
    }
    throw new AssertionError("Expected a time to wait, but got " + status);
  }

  private static PublishGroup group(long number) {
    return PublishGroup.newBuilder()
        .setNumber(number)
        .addAllRecords(Collections.nCopies(MANY, Requests.event("one of many")))
        .build();
  }

  private static void limit(Coordinator limited, RateLimits.Builder limits) {
    limited
        .administration()
        .setRateLimits(
            SetRateLimitsRequest.newBuilder().setSwarm(SWARM).setRateLimits(limits).build());
  }

  private static RateLimit rate(long perSecond, long burst) {
    return RateLimit.newBuilder()
        .setOperationsPerSecond(perSecond)
        .setOperationsBurst(burst)
        .build();
  }

  private ErrorReason refused(PublishGroup group) {
    return Failure.of(() -> coordinator.publish(SWARM, group)).reason();
  }

  /** The stream of one that has said who it is; what that is answered comes next. */
  private static StreamCall<PublishStreamRequest, PublishStreamResponse> publisher(
      Coordinator at, String name) {
    var stream = at.publishStream();
    stream.send(
        PublishStreamRequest.newBuilder()
            .setHello(
                ProducerHello.newBuilder()
                    .setSwarm(SWARM)
                    .setPublisher(name)
                    .setProducerId(name + "-1")
                    .setLog(Log.LOG_MAIN))
            .build());
    return stream;
  }

  /** Connects, and takes so many operations without a word about them. */
  private TestAgent agentGiven(int operations, String name) {
    TestAgent agent = TestAgent.connect(coordinator, hello(name));
    agent.attach(Log.LOG_MAIN).receiveOperations(operations);
    return agent;
  }

  private static void assertUnserved(Failure refusal) {
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
  }

  private boolean isServed(String agent) {
    var control = coordinator.control();
    control.send(TestAgent.frame(TestAgent.hello(SWARM, agent)));
    try {
      return control.next().hasWelcome();
    } catch (AssertionError refused) {
      return false;
    } finally {
      control.cancel();
    }
  }

  private static Hello.Builder hello(String agent) {
    return TestAgent.hello(SWARM, agent).setCapabilities(Capability.CAPABILITY_NACK_VALUE);
  }

  private static void refuse(TestAgent agent, long opId) {
    agent.control().send(frame(nack(opId, Reaction.REACTION_SKIP)));
  }

  private static Nack.Builder nack(long opId, Reaction reaction) {
    return Nack.newBuilder().setLog(Log.LOG_MAIN).setOpId(opId).setReaction(reaction);
  }

  private static ControlRequest frame(Nack.Builder nack) {
    return ControlRequest.newBuilder().setNack(nack).build();
  }

  private static NackReply settle(TestAgent agent, Nack.Builder nack) {
    agent.control().send(frame(nack));
    while (true) {
      ControlResponse frame = agent.control().next();
      if (frame.hasNackReply()) {
        assertThat(frame.getNackReply().getOpId()).isEqualTo(nack.getOpId());
        return frame.getNackReply();
      }
    }
  }

  private List<AgentBreaker> breakers() {
    return coordinator
        .administration()
        .listAgents(ListAgentsRequest.newBuilder().setSwarm(SWARM).build())
        .getBreakersList();
  }

  private static List<BreakerReport> reports(TestLane lane, int count) {
    lane.receiveThrough(40 + count);
    return lane.operations().stream()
        .filter(operation -> operation.getTopic() == Topic.TOPIC_ALERTS)
        .map(BreakerTest::report)
        .toList();
  }

  private static BreakerReport report(Operation operation) {
    try {
      return BreakerReport.parseFrom(operation.getPayload().getData());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
