package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.tombstone;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.CompactSwarmRequest;
import dev.swarmlog.v1.CompactSwarmResponse;
import dev.swarmlog.v1.DataResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.LogResume;
import dev.swarmlog.v1.LostEvents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotResume;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.View;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * What a session with {@code CAPABILITY_SYNC} is sent, by way of an agent written from the
 * contract.
 */
class SyncSessionTest {

  private static final View COMMANDS = Requests.view(Topic.TOPIC_COMMANDS);
  private static final View BOTH = Requests.view(Topic.TOPIC_COMMANDS, Topic.TOPIC_ALERTS);
  private static final Scope COMMANDS_TO_ALL = scope(Topic.TOPIC_COMMANDS);
  private static final Scope ALERTS_TO_ALL = scope(Topic.TOPIC_ALERTS);

  private static Coordinator coordinator;

  private String swarm = "";

  @BeforeAll
  static void start() throws Exception {
    // Deliveries and pages of two or three operations.
    coordinator = Coordinator.inMemory(Coordinator.limits("maxDeliveryBytes", 400));
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @BeforeEach
  void nameSwarm(TestInfo test) {
    swarm = test.getTestMethod().orElseThrow().getName();
  }

  @Test
  void shouldGiveAnAgentBelowTheHorizonItsStateAndNameWhatIsLost() {
    // given an agent that was away while two events and three keys came, and the log was compacted
    coordinator.publish(swarm, keyed("a", "1"), keyed("b", "1"), event("seen"));
    ModelAgent agent = caughtUp();
    coordinator.publish(swarm, keyed("a", "2"), tombstone("b"), event("e1"), event("e2"));
    coordinator.publish(swarm, keyed("c", "1"));
    compact(8);
    coordinator.publish(swarm, event("e3"), keyed("a", "3"));

    // when
    agent.connect(coordinator, true).catchUp();

    // then
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(agent.plan().getHorizonOpId()).isEqualTo(8);
    assertThat(agent.plan().getStart().getOpId()).isEqualTo(8);
    assertThat(agent.plan().getLostList())
        .containsExactly(
            LostEvents.newBuilder()
                .setScope(COMMANDS_TO_ALL)
                .setFromOpId(3)
                .setToOpId(8)
                .setCount(2)
                .build());
    assertThat(agent.lane().operations()).extracting(Operation::getOpId).containsExactly(9L);
    assertThat(agent.now().keys(COMMANDS_TO_ALL)).containsOnlyKeys("a", "c");
  }

  @Test
  void shouldGiveEventsAboveTheHorizonToAnAgentThatWasCutOffInASnapshot() {
    // given
    coordinator.publish(swarm, keyed("a", "1"), event("seen"));
    ModelAgent agent = caughtUp();
    Position at = agent.stored().position();
    coordinator.publish(swarm, event("lost"));
    compact(3);
    coordinator.publish(swarm, event("kept"), keyed("b", "1"));

    // when
    LogResume cutOff =
        LogResume.newBuilder()
            .setPosition(at)
            .setSnapshot(SnapshotResume.newBuilder().setPosition(at))
            .build();
    TestAgent session =
        TestAgent.connect(
            coordinator,
            TestAgent.hello(swarm, "other")
                .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
                .addResume(cutOff));
    TestLane lane = session.attach(Log.LOG_MAIN);
    lane.caughtUp();

    // then
    assertThat(session.plan(Log.LOG_MAIN).getStart().getOpId()).isEqualTo(3);
    assertThat(session.plan(Log.LOG_MAIN).getLostList())
        .extracting(LostEvents::getScope)
        .contains(COMMANDS_TO_ALL);
    assertThat(lane.texts()).containsExactly("kept");
  }

  @Test
  void shouldNotSayHowManyEventsAreLostOfAnAgentThatDoesNotSayWhatItHas() {
    coordinator.publish(swarm, event("seen"));
    ModelAgent agent = caughtUp();
    coordinator.publish(swarm, event("lost"));
    compact(2);

    agent.connect(coordinator, false).catchUp();

    assertThat(agent.plan().getLostList()).extracting(LostEvents::getCount).containsExactly(0L);
  }

  private void compact(long upToOpId) {
    CompactSwarmResponse compacted =
        coordinator
            .administration()
            .compactSwarm(
                CompactSwarmRequest.newBuilder()
                    .setSwarm(swarm)
                    .setLog(Log.LOG_MAIN)
                    .setUpToOpId(upToOpId)
                    .build());
    assertThat(compacted.getHorizonOpId()).isEqualTo(upToOpId);
  }

  @Test
  void shouldSendWhatDiffersFromWhatTheAgentHolds() {
    // given
    coordinator.publish(swarm, keyed("a", "1"), keyed("b", "1"), keyed("c", "1"));
    ModelAgent agent = caughtUp();

    // when a comes back to its value, c goes, d comes and goes
    coordinator.publish(swarm, keyed("a", "2"), keyed("b", "2"), keyed("d", "1"), event("e"));
    coordinator.publish(swarm, keyed("a", "1"), tombstone("c"), tombstone("d"), keyed("b", "3"));
    agent.connect(coordinator).catchUp();

    // then
    assertThat(agent.session().welcome().getCapabilities())
        .isEqualTo(Capability.CAPABILITY_SYNC_VALUE);
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(agent.plan().getExact()).isTrue();
    assertThat(agent.plan().getBaseOpId()).isEqualTo(3);
    assertThat(agent.plan().getTarget()).isEqualTo(agent.plan().getHead());
    assertThat(agent.lane().operations())
        .extracting(Operation::getOpId)
        .containsExactly(7L, 9L, 11L);
    assertThat(agent.receipt().getNetZeroCount()).isEqualTo(2);
    assertThat(agent.receipt().getSupersededCount()).isEqualTo(3);
    check(agent);
  }

  @Test
  void shouldTellAnAgentAtTheHeadWhatItMustHold() {
    coordinator.publish(swarm, keyed("a", "1"), event("e"));
    ModelAgent agent = caughtUp();

    agent.connect(coordinator).catchUp();

    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_CURRENT);
    assertThat(agent.frames())
        .containsExactly(DataResponse.FrameCase.RECEIPT, DataResponse.FrameCase.CAUGHT_UP);
    assertThat(agent.receipt().getSumsList())
        .as("as they are shown")
        .isEqualTo(coordinator.swarm(swarm).getSumsList());
  }

  @Test
  void shouldStayMinimalWhenADeltaIsInterrupted() {
    // given an agent that has applied a part of a delta
    publishKeys("1", 8);
    ModelAgent agent = caughtUp();
    publishKeys("2", 8);
    agent.connect(coordinator).read(1).commit();
    int got = agent.lane().operations().size();
    assertThat(got).isBetween(1, 7);
    agent.crash();

    // when all keys go back to what they were
    publishKeys("1", 8);
    agent.connect(coordinator).catchUp();

    // then only those come back that had gone
    assertThat(agent.plan().getBaseOpId()).isEqualTo(8);
    assertThat(agent.plan().getExact()).isFalse();
    assertThat(agent.lane().operations()).hasSize(got);
    assertThat(agent.redundant()).isZero();
    check(agent);
    assertThat(agent.stored().interrupted()).isFalse();
  }

  @Test
  void shouldSendEveryTouchedKeyWhenADeltaIsInterruptedTwice() {
    // given
    publishKeys("1", 8);
    ModelAgent agent = caughtUp();
    publishKeys("2", 8);
    agent.connect(coordinator).read(1).commit();
    agent.crash();
    publishKeys("3", 8);
    agent.connect(coordinator).read(1).commit();
    long cursor = agent.now().position().getOpId();
    agent.crash();

    // when
    publishKeys("1", 8);
    agent.connect(coordinator).catchUp();

    // then
    assertThat(agent.plan().getBaseOpId()).isEqualTo(cursor);
    assertThat(agent.plan().getExact()).isFalse();
    assertThat(agent.lane().operations()).hasSize(8);
    check(agent);

    // and from there on it is exact again
    agent.crash();
    assertThat(agent.connect(coordinator).plan().getExact()).isTrue();
  }

  @Test
  void shouldReplaceTheKeyedStateOfAnUnknownEpoch() {
    shouldReplaceHistory(position -> position.setEpoch(position.getEpoch() ^ 1), "epoch");
  }

  @Test
  void shouldReplaceTheKeyedStateWhereTheRunningHashDiffers() {
    shouldReplaceHistory(
        position -> position.setRunningHash(ByteString.copyFrom(new byte[16])), "running hash");
  }

  private void shouldReplaceHistory(UnaryOperator<Position.Builder> change, String reason) {
    // given an agent that has a key which never was
    coordinator.publish(swarm, keyed("a", "1"), event("before"), keyed("b", "1"), keyed("c", "1"));
    ModelAgent agent = caughtUp();
    Position position = agent.stored().position();
    agent.stored().moveTo(change.apply(position.toBuilder()).build(), null, null);
    Operation foreign = agent.stored().keys(COMMANDS_TO_ALL).get("a");
    agent.stored().set(foreign.toBuilder().setKey("bb").build());
    coordinator.publish(swarm, event("missed"), keyed("a", "2"));

    // when
    agent.connect(coordinator).catchUp();

    // then
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(agent.plan().getReason()).contains(reason);
    assertThat(agent.plan().getStart())
        .isEqualTo(agent.plan().getTarget())
        .isEqualTo(agent.plan().getHead());
    assertThat(agent.lane().operations()).as("events are not repeated").isEmpty();
    check(agent);
    coordinator.publish(swarm, event("then live"));
    while (!agent.lane().texts().contains("then live")) {
      agent.read();
    }
    assertThat(agent.lane().operations())
        .extracting(operation -> operation.getPayload().getType())
        .as("the alert about itself, and what came then")
        .containsExactly("swarmlog.v1.PartedReport", event("").getPayload().getType());
  }

  @Test
  void shouldSendTheKeyedStateOnceToAnAgentThatHoldsAnother() {
    // given an agent that has lost a key without knowing
    publishKeys("1", 5);
    coordinator.publish(swarm, event("before"));
    ModelAgent agent = caughtUp();
    assertThat(agent.rot()).isTrue();
    coordinator.publish(swarm, event("after"), keyed("key1", "2"));

    // when
    agent.connect(coordinator, true).catchUp();

    // then
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(agent.plan().getReason()).contains("state digest");
    assertThat(agent.lane().texts()).containsExactly("after");
    assertThat(agent.receipt().getSnapshotCount()).isEqualTo(5);
    check(agent);

    // and it is well then
    agent.crash();
    assertThat(agent.connect(coordinator, true).catchUp().plan().getPlan())
        .isEqualTo(Plan.PLAN_CURRENT);
  }

  @Test
  void shouldFindKeysInAScopeThatNeverHadAny() {
    // given
    coordinator.publish(swarm, keyed("a", "1"));
    ModelAgent agent = caughtUp();
    Operation foreign = agent.stored().keys(COMMANDS_TO_ALL).get("a");
    agent.stored().set(foreign.toBuilder().setTopic(Topic.TOPIC_ALERTS).build());

    // when
    agent.connect(coordinator, true).catchUp();

    // then
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    check(agent);
  }

  @Test
  void shouldSendTheKeyedStateOfAnAddedScope() {
    // given
    coordinator.publish(swarm, keyed("a", "1"), alert("a", "1"), alert("b", "1"));
    coordinator.publish(swarm, event(Topic.TOPIC_ALERTS, ALL, "early"));
    ModelAgent agent = caughtUp(new ModelAgent(swarm, "agent").sees(COMMANDS));
    coordinator.publish(swarm, keyed("a", "2"), alert("a", "2"));
    coordinator.publish(swarm, event(Topic.TOPIC_ALERTS, ALL, "before the target"));

    // when
    agent.sees(BOTH).connect(coordinator).catchUp();
    coordinator.publish(swarm, event(Topic.TOPIC_ALERTS, ALL, "after the target"));
    agent.read();

    // then
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_DELTA);
    assertThat(agent.plan().getSnapshotScopesList())
        .contains(ALERTS_TO_ALL)
        .doesNotContain(COMMANDS_TO_ALL);
    assertThat(agent.plan().getReason()).contains("added");
    assertThat(agent.lane().texts()).containsExactly("2", "after the target");
    assertThat(agent.now().keys(ALERTS_TO_ALL)).hasSize(2);
    check(agent);
  }

  @Test
  void shouldForgetADroppedScope() {
    // given
    coordinator.publish(swarm, keyed("a", "1"), alert("a", "1"));
    ModelAgent agent = caughtUp(new ModelAgent(swarm, "agent").sees(BOTH));

    // when
    agent.sees(COMMANDS).connect(coordinator).catchUp();
    coordinator.publish(swarm, alert("a", "2"));
    agent.crash();

    // then it is not sent any more, and comes back whole when it is added again
    assertThat(agent.plan().getScopesList()).doesNotContain(ALERTS_TO_ALL);
    agent.sees(BOTH).connect(coordinator).catchUp();
    assertThat(agent.plan().getSnapshotScopesList()).contains(ALERTS_TO_ALL);
    check(agent);
  }

  @Test
  void shouldSendEverythingToAnAgentThatHoldsNoScope() {
    // given an agent whose whole view was replaced: none of its scopes are left
    coordinator.publish(swarm, keyed("a", "1"), alert("a", "1"), alert("b", "1"), alert("c", "1"));
    ModelAgent agent = caughtUp(new ModelAgent(swarm, "agent").sees(COMMANDS));
    View alerts = Requests.view(Topic.TOPIC_ALERTS);

    // when it is interrupted before the first page, and in the middle of them
    agent.sees(alerts).connect(coordinator).commit();
    agent.crash();
    agent.connect(coordinator).read(1).commit();
    agent.crash();
    agent.connect(coordinator).catchUp();

    // then
    assertThat(agent.now().keys(ALERTS_TO_ALL)).hasSize(3);
    check(agent);
  }

  @Test
  void shouldGoOnWithASnapshotAtItsPositionWhileTheLogGoesOn() {
    // given an agent that has taken one page of an added scope
    for (int i = 0; i < 9; i++) {
      coordinator.publish(swarm, alert("key" + i, "1"));
    }
    ModelAgent agent = caughtUp(new ModelAgent(swarm, "agent").sees(COMMANDS));
    agent.sees(BOTH).connect(coordinator).read(1).commit();
    assertThat(agent.frames()).containsExactly(DataResponse.FrameCase.SNAPSHOT);
    int taken = agent.now().keys(ALERTS_TO_ALL).size();
    Position target = agent.plan().getTarget();
    agent.crash();

    // when
    for (int i = 0; i < 9; i += 2) {
      coordinator.publish(swarm, alert("key" + i, "2"), alert("new" + i, "1"));
    }
    agent.connect(coordinator).catchUp();

    // then it gets the rest as it was
    assertThat(agent.plan().getTarget()).isEqualTo(target);
    assertThat(agent.receipt().getSnapshotCount()).isEqualTo(9 - taken);
    assertThat(agent.now().keys(ALERTS_TO_ALL)).hasSize(9);
    check(agent);

    // and what has happened since, live
    while (agent.now().position().getOpId() < 19) {
      agent.read();
    }
    assertThat(agent.now().keys(ALERTS_TO_ALL)).hasSize(14);
    check(agent);
  }

  @Test
  void shouldSendEventsBeforeTheKeyedStateIfThatIsSmaller() {
    // given more keys deleted than are left
    publishKeys("1", 100);
    ModelAgent agent = caughtUp();
    for (int i = 0; i < 99; i++) {
      coordinator.publish(swarm, tombstone("key" + i), event("event " + i));
    }

    // when it is interrupted among the events, and among the pages
    agent.connect(coordinator).read(3).commit();
    agent.crash();
    agent.connect(coordinator);
    assertThat(agent.plan().getReason()).contains("goes on");
    agent.catchUp();

    // then
    assertThat(agent.plan().getPlan()).isEqualTo(Plan.PLAN_SNAPSHOT);
    assertThat(agent.now().keys(COMMANDS_TO_ALL)).hasSize(1);
    check(agent);
  }

  @Test
  void shouldAccountForEventsThatHaveExpired() {
    // given
    PublishRecord expired = event("old").toBuilder().setExpiresAtUnixNano(1).build();
    coordinator.publish(swarm, event("new"), expired);
    coordinator.publish(swarm, expired);

    // when
    ModelAgent agent = caughtUp();

    // then the sums balance all the same
    assertThat(agent.receipt().getExpiredCount()).isEqualTo(2);
    assertThat(agent.now().events(COMMANDS_TO_ALL).count()).isEqualTo(3);
    agent.connect(coordinator).catchUp();
    coordinator.publish(swarm, expired, event("live"));
    agent.read();
    assertThat(agent.lane().texts()).containsExactly("live");
    assertThat(agent.now().events(COMMANDS_TO_ALL).count()).isEqualTo(5);
  }

  @Test
  void shouldSendEveryOperationWithoutTheCapability() {
    // given
    coordinator.publish(swarm, keyed("a", "1"), keyed("a", "2"), tombstone("a"), event("e"));

    // when
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello(swarm, "agent"));
    TestLane lane = agent.attach(Log.LOG_MAIN);
    lane.receiveThrough(4);

    // then
    assertThat(agent.welcome().getCapabilities()).isZero();
    assertThat(lane.operations()).hasSize(4);
    assertThat(lane.next().hasCaughtUp()).as("and no receipt before it").isTrue();
  }

  @Test
  void shouldSyncTheControlLogAndAnEmptyOne() {
    // given
    coordinator.publish(swarm, event("not on control"));

    // when
    TestAgent agent =
        TestAgent.connect(
            coordinator,
            TestAgent.hello(swarm, "agent")
                .setCapabilities(Capability.CAPABILITY_SYNC_VALUE)
                .setView(Requests.view(Topic.TOPIC_CONTROL)));
    TestLane lane = agent.attach(Log.LOG_CONTROL);

    // then
    assertThat(agent.plan(Log.LOG_CONTROL).getPlan()).isEqualTo(Plan.PLAN_CURRENT);
    DataResponse receipt = lane.next();
    assertThat(receipt.getReceipt().getTarget().getOpId()).isZero();
    assertThat(receipt.getReceipt().getSumsList()).isEmpty();
    assertThat(lane.next().getCaughtUp().getPosition()).isEqualTo(lane.position());
    coordinator.publish(swarm, event(Topic.TOPIC_CONTROL, ALL, "config"));
    lane.delivery();
    assertThat(lane.texts()).containsExactly("config");
  }

  @Test
  void shouldRefuseToAttachALaneOfASyncTwice() {
    // given an agent that has gone on since its Hello
    ModelAgent agent = caughtUp();
    agent.connect(coordinator).catchUp();
    coordinator.publish(swarm, keyed("a", "1"));
    agent.read();

    // when its plan would be for where it stood
    TestLane again = agent.session().attachUnread(Log.LOG_MAIN);

    // then
    again
        .call()
        .refusal()
        .is(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION, "Attach of main", "Open a new session");
    coordinator.publish(swarm, keyed("a", "2"));
    agent.read();
    check(agent);
  }

  private ModelAgent caughtUp() {
    return caughtUp(new ModelAgent(swarm, "agent"));
  }

  /** One that has everything, has committed it, and is away. */
  private ModelAgent caughtUp(ModelAgent agent) {
    agent.connect(coordinator).catchUp();
    agent.crash();
    return agent;
  }

  private void check(ModelAgent agent) {
    assertThat(agent.redundant()).isZero();
    PublishedLog.of(coordinator, swarm).check(agent);
  }

  private void publishKeys(String text, int count) {
    for (int i = 0; i < count; i++) {
      coordinator.publish(swarm, keyed("key" + i, text));
    }
  }

  private static PublishRecord alert(String key, String text) {
    return keyed(Topic.TOPIC_ALERTS, ALL, key, text);
  }

  private static Scope scope(Topic topic) {
    return Scope.newBuilder().setTopic(topic).setTarget(ALL).build();
  }
}
