package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.storage.LogName;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.HeartbeatReply;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import dev.swarmlog.v1.ViewScope;
import dev.swarmlog.v1.Welcome;
import io.grpc.Status;
import java.time.Duration;
import java.util.Collections;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Control and Data streams: who may say what when, and how sessions begin and end. */
class SessionTest {

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
  void shouldAnswerHelloWithPlansAndBounds() {
    // given
    coordinator.publish("plans", event("a"), event("b"));
    coordinator.publish("plans", event(Topic.TOPIC_COMMANDS, Requests.agent("other"), "c"));

    // when
    Welcome welcome =
        TestAgent.connect(
                coordinator,
                TestAgent.hello("plans", "agent")
                    .setView(
                        Requests.view(
                            Topic.TOPIC_CONTROL, Topic.TOPIC_COMMANDS, Topic.TOPIC_TELEMETRY)))
            .welcome();

    // then
    assertThat(welcome.getSessionId()).isNotEmpty();
    assertThat(welcome.getProtocol()).isEqualTo(1);
    assertThat(welcome.getCapabilities()).isZero();
    assertThat(welcome.getPrincipal()).isEqualTo("local");
    assertThat(welcome.getHeartbeatIntervalMs()).isPositive();
    assertThat(welcome.getLimits().getMaxUnacknowledgedOperations()).isPositive();
    assertThat(welcome.getServerVersion()).isNotEmpty();
    assertThat(welcome.getPlansList())
        .extracting(
            plan -> plan.getLog() + " " + plan.getPlan() + " " + plan.getMissingOperations())
        .containsExactly(
            "LOG_CONTROL PLAN_CURRENT 0", "LOG_MAIN PLAN_DELTA 2", "LOG_TELEMETRY PLAN_CURRENT 0");
    assertThat(welcome.getPlans(1).getStart().getOpId()).isZero();
    assertThat(welcome.getPlans(1).getHead())
        .isEqualTo(coordinator.swarm("plans").getSwarm().getMainHead());
    assertThat(welcome.getPlansList())
        .allSatisfy(plan -> assertThat(plan.getReason()).isNotEmpty());
  }

  @Test
  void shouldIgnoreCapabilitiesItDoesNotKnow() {
    // given bits of a later version
    long unknown = 1L << 63 | 1L << 40 | Integer.highestOneBit(known()) << 1;

    // when
    TestAgent plain =
        TestAgent.connect(coordinator, TestAgent.hello("newer", "plain").setCapabilities(unknown));
    TestAgent able =
        TestAgent.connect(
            coordinator, TestAgent.hello("newer", "able").setCapabilities(unknown | known()));

    // then
    assertThat(plain.welcome().getCapabilities()).isZero();
    assertThat(able.welcome().getCapabilities()).isEqualTo(known());
    plain.attach(Log.LOG_MAIN).caughtUp();
    able.attach(Log.LOG_MAIN).caughtUp();
  }

  /** All that the contract names. */
  private static int known() {
    return Stream.of(Capability.values())
        .filter(capability -> capability != Capability.UNRECOGNIZED)
        .mapToInt(Capability::getNumber)
        .reduce(0, (all, bit) -> all | bit);
  }

  @Test
  void shouldAnswerHeartbeatsWithClocksAndLanes() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("beats", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // when
    agent.beat(1);
    agent.beat(2);

    // then
    HeartbeatReply first = agent.control().next().getHeartbeatReply();
    HeartbeatReply second = agent.control().next().getHeartbeatReply();
    assertThat(first.getNumber()).isEqualTo(1);
    assertThat(second.getNumber()).isEqualTo(2);
    assertThat(second.getAgentSentUnixNano()).isEqualTo(2);
    assertThat(first.getReceivedUnixNano()).isLessThanOrEqualTo(first.getSentUnixNano());
    assertThat(first.getLanesList())
        .singleElement()
        .satisfies(
            state -> {
              assertThat(state.getLog()).isEqualTo(Log.LOG_MAIN);
              assertThat(state.getStalled()).isFalse();
            });
  }

  static Stream<Arguments> refusedHellos() {
    Hello fine = TestAgent.hello("hellos", "agent").build();
    return Stream.of(
        arguments("no swarm", "swarm", fine.toBuilder().clearSwarm()),
        arguments("no agent", "agent", fine.toBuilder().clearAgent()),
        arguments("no instance", "instance", fine.toBuilder().clearInstance()),
        arguments("a long agent", "128 bytes", fine.toBuilder().setAgent("a".repeat(129))),
        arguments(
            "a newer protocol", "2 to 3", fine.toBuilder().setProtocolMin(2).setProtocolMax(3)),
        arguments("no protocol", "0 to 0", fine.toBuilder().setProtocolMin(0).setProtocolMax(0)),
        arguments("no view", "1 to 64", fine.toBuilder().clearView()),
        arguments(
            "a view of 65 scopes",
            "1 to 64",
            fine.toBuilder()
                .setView(
                    View.newBuilder()
                        .addAllScopes(Collections.nCopies(65, Requests.MAIN.getScopes(0))))),
        arguments(
            "a scope without topic",
            "topic",
            fine.toBuilder()
                .setView(
                    View.newBuilder()
                        .addScopes(Requests.MAIN.getScopes(0).toBuilder().clearTopic()))),
        arguments(
            "a scope without audience",
            "audience",
            fine.toBuilder()
                .setView(
                    View.newBuilder()
                        .addScopes(ViewScope.newBuilder().setTopic(Topic.TOPIC_COMMANDS)))),
        arguments(
            "17 roles",
            "16 roles",
            fine.toBuilder()
                .addAllRoles(IntStream.range(0, 17).mapToObj(i -> "role" + i).toList())),
        arguments("a role without name", "role", fine.toBuilder().addRoles("")),
        arguments("an SDK of 129 bytes", "sdk", fine.toBuilder().setSdk("s".repeat(129))),
        arguments("an SDK with escapes", "sdk", fine.toBuilder().setSdk("\u001b[2J")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusedHellos")
  void shouldRefuseHelloWith(String what, String part, Hello.Builder hello) {
    TestAgent.refused(coordinator, hello).is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, part);
  }

  @Test
  void shouldRefuseHelloToASwarmThatIsNotThere() throws Exception {
    try (Coordinator strict = Coordinator.inMemory(s -> s, "create-swarms", "false")) {
      TestAgent.refused(strict, TestAgent.hello("nowhere", "agent"))
          .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND, "nowhere");
    }
  }

  @Test
  void shouldRefuseAHeartbeatBeforeHello() {
    StreamCall<ControlRequest, ControlResponse> control = coordinator.control();

    control.send(ControlRequest.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build());

    control.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "Hello first");
  }

  @Test
  void shouldEndTheSessionThatSaysHelloTwice() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("twice", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // when
    agent.control().send(TestAgent.frame(TestAgent.hello("twice", "agent")));

    // then
    agent.control().refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "second one");
    lane.call()
        .refusal()
        .says(
            ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
            "The session ended with its Control stream.");
    assertThat(coordinator.agents("twice")).isEmpty();
  }

  @Test
  void shouldEndTheSessionWhenItsControlStreamIsCancelled() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("vanish", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();
    assertThat(coordinator.agents("vanish")).hasSize(1);

    // when
    agent.vanish();

    // then
    assertThat(lane.call().refusal().reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    assertThat(coordinator.agents("vanish")).isEmpty();
  }

  @Test
  void shouldEndTheSessionWhenTheAgentSaysGoodbye() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("goodbye", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // when
    lane.call().halfClose();
    agent.control().halfClose();

    // then both streams end well
    assertThat(lane.call().end().status().getCode()).isEqualTo(Status.Code.OK);
    assertThat(agent.control().end().status().getCode()).isEqualTo(Status.Code.OK);
    assertThat(coordinator.agents("goodbye")).isEmpty();
  }

  @Test
  void shouldLetTheNewerSessionOfAnAgentFenceTheOlderOnAllItsStreams() {
    // given
    Hello.Builder hello =
        TestAgent.hello("fencing", "agent")
            .setView(
                Requests.view(Topic.TOPIC_CONTROL, Topic.TOPIC_COMMANDS, Topic.TOPIC_TELEMETRY));
    TestAgent older = TestAgent.connect(coordinator, hello);
    TestLane main = older.attach(Log.LOG_MAIN);
    TestLane control = older.attach(Log.LOG_CONTROL);
    TestLane telemetry = older.attach(Log.LOG_TELEMETRY);
    main.caughtUp();
    control.caughtUp();
    await().atMost(PATIENCE).until(() -> coordinator.agents("fencing").get(0).getLanesCount() == 3);

    // when
    TestAgent newer = TestAgent.connect(coordinator, hello.clone().setInstance("agent-2"));

    // then
    for (StreamCall<?, ?> stream :
        new StreamCall<?, ?>[] {older.control(), main.call(), control.call(), telemetry.call()}) {
      stream.refusal().is(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, "agent-2");
    }
    assertThat(coordinator.agents("fencing"))
        .singleElement()
        .satisfies(
            agent -> {
              assertThat(agent.getInstance()).isEqualTo("agent-2");
              assertThat(agent.getSessionId()).isEqualTo(newer.welcome().getSessionId());
            });
    newer.attach(Log.LOG_MAIN).caughtUp();
  }

  @Test
  void shouldNotFenceAgentsOfThatNameInOtherSwarms() {
    TestAgent here = TestAgent.connect(coordinator, TestAgent.hello("fence-here", "agent"));
    TestAgent.connect(coordinator, TestAgent.hello("fence-there", "agent"));

    here.beat(1);

    assertThat(here.control().next().hasHeartbeatReply()).isTrue();
  }

  @Test
  void shouldRefuseToAttachToAnUnknownSession() {
    StreamCall<DataRequest, DataResponse> data = coordinator.data();

    data.send(TestAgent.attachFrame("no-such-session", Log.LOG_MAIN));

    data.refusal().is(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND, "no-such-session");
  }

  @Test
  void shouldRefuseToAttachALogOutsideTheView() {
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("outside", "agent"));

    for (Log log : new Log[] {Log.LOG_CONTROL, Log.LOG_TELEMETRY, Log.LOG_UNSPECIFIED}) {
      StreamCall<DataRequest, DataResponse> data = coordinator.data();
      data.send(TestAgent.attachFrame(agent.welcome().getSessionId(), log));
      data.refusal().is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "got " + LogName.of(log));
    }
  }

  @Test
  void shouldRefuseALogThatIsNone() {
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("no-log", "agent"));
    StreamCall<DataRequest, DataResponse> data = coordinator.data();
    DataRequest.Builder attach =
        TestAgent.attachFrame(agent.welcome().getSessionId(), Log.LOG_MAIN).toBuilder();
    attach.getAttachBuilder().setLogValue(42);

    data.send(attach.build());

    data.refusal().is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
  }

  @Test
  void shouldLetANewerStreamOfTheSameLaneEndTheOlder() {
    // given
    coordinator.publish("re-attach", event("a"));
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("re-attach", "agent"));
    TestLane older = agent.attach(Log.LOG_MAIN);
    older.caughtUp();

    // when
    TestLane newer = agent.attach(Log.LOG_MAIN);

    // then
    older.call().refusal().is(ErrorReason.ERROR_REASON_SESSION_SUPERSEDED, "stream per lane");
    newer.caughtUp();
    assertThat(newer.texts()).containsExactly("a");
    assertThat(coordinator.agents("re-attach").get(0).getLanesList()).hasSize(1);
  }

  @Test
  void shouldDetachTheLaneThatAttachesTwiceOnOneStream() {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("attach-twice", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // when
    lane.call().send(TestAgent.attachFrame(agent.welcome().getSessionId(), Log.LOG_MAIN));

    // then
    lane.call().refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "second one");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(coordinator.agents("attach-twice").get(0).getLanesList()).isEmpty());
    agent.beat(1);
    assertThat(agent.control().next().getHeartbeatReply().getLanesList()).isEmpty();
  }

  @Test
  void shouldRefuseAnAckBeforeAttach() {
    StreamCall<DataRequest, DataResponse> data = coordinator.data();

    data.send(DataRequest.newBuilder().setAck(dev.swarmlog.v1.Ack.getDefaultInstance()).build());

    data.refusal().is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "Attach first");
  }

  @Test
  void shouldAnswerAFrameItDoesNotKnowWithANoticeAndGoOn() throws Exception {
    // given
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("unknown", "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // when
    agent.control().send(ControlRequest.parseFrom(unknownField()));
    agent.control().send(ControlRequest.getDefaultInstance());
    agent.beat(1);
    lane.call().send(DataRequest.parseFrom(unknownField()));
    coordinator.publish("unknown", event("still there"));

    // then
    for (int i = 0; i < 2; i++) {
      Failure.of(agent.control().next().getNotice())
          .is(ErrorReason.ERROR_REASON_UNKNOWN_FRAME, "known arm");
    }
    assertThat(agent.control().next().getHeartbeatReply().getNumber()).isEqualTo(1);
    Failure.of(lane.next().getNotice()).is(ErrorReason.ERROR_REASON_UNKNOWN_FRAME, "known arm");
    assertThat(lane.receiveOperations(1).texts()).containsExactly("still there");
  }

  @Test
  void shouldRefuseASessionBeyondTheLimit() throws Exception {
    try (Coordinator small = Coordinator.inMemory(Coordinator.limits("maxSessions", 1))) {
      TestAgent.connect(small, TestAgent.hello("full", "first"));

      Failure failure = TestAgent.refused(small, TestAgent.hello("full", "second"));

      assertThat(failure.is(ErrorReason.ERROR_REASON_OVERLOADED, "1 sessions").retry()).isTrue();
    }
  }

  private static ByteString unknownField() throws InvalidProtocolBufferException {
    // Field 100, length-delimited, two bytes: an arm of a version to come.
    return ByteString.copyFrom(new byte[] {(byte) 0xa2, 0x06, 0x02, 0x08, 0x01});
  }

  @Test
  void shouldPlanNothingMissingForAViewThatHasNothing() {
    coordinator.publish("nothing", event(Topic.TOPIC_ALERTS, Requests.ALL, "an alert"));

    TestAgent agent =
        TestAgent.connect(
            coordinator,
            TestAgent.hello("nothing", "agent").setView(Requests.view(Topic.TOPIC_COMMANDS)));

    assertThat(agent.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_CURRENT);
  }
}
