package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.AgentBacklog;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetOverviewRequest;
import dev.swarmlog.v1.GetOverviewResponse;
import dev.swarmlog.v1.LaneBacklog;
import dev.swarmlog.v1.LaneStateCount;
import dev.swarmlog.v1.ListBacklogsRequest;
import dev.swarmlog.v1.ListBacklogsResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ObservationServiceGrpc;
import dev.swarmlog.v1.OverviewOrder;
import dev.swarmlog.v1.SwarmOverview;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicCount;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of all swarms at once, and of backlogs. */
class OverviewTest {

  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    coordinator = Coordinator.inMemory();
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldCountWhatGoesThroughASwarm() {
    // given
    TestLane ann =
        TestAgent.connect(coordinator, TestAgent.hello("busy", "ann")).attach(Log.LOG_MAIN);
    ann.caughtUp();
    TestLane ben =
        TestAgent.connect(coordinator, TestAgent.hello("busy", "ben")).attach(Log.LOG_MAIN);
    ben.caughtUp();
    coordinator.publish("busy", event("one"), event("two"));
    coordinator.publish("busy", event(Topic.TOPIC_ALERTS, Requests.ALL, "three"));
    coordinator.publish("quiet", event("one"));

    // when ann applies what ben does not
    ann.receiveOperations(3).acknowledge();
    ben.receiveOperations(3);

    // then
    await().until(() -> overview("busy").getAckedCount() == 3);
    SwarmOverview busy = overview("busy");
    assertThat(busy.getMainHeadOpId()).isEqualTo(3);
    assertThat(busy.getAppendedCount()).isEqualTo(3);
    assertThat(busy.getDeliveredCount()).isEqualTo(6);
    assertThat(busy.getAppendedByTopicList())
        .containsExactly(count(Topic.TOPIC_COMMANDS, 2), count(Topic.TOPIC_ALERTS, 1));
    assertThat(busy.getRecentlyAppendedCount()).isEqualTo(3);
    assertThat(busy.getRecentlyDeliveredCount()).isEqualTo(6);
    assertThat(busy.getConnectedAgents()).isEqualTo(2);
    assertThat(busy.getBacklogSum()).isEqualTo(3);
    assertThat(busy.getBacklogMax()).isEqualTo(3);
    assertThat(busy.getBacklogMaxAgent()).isEqualTo("ben");
    assertThat(busy.getDeliverLag().getCount()).isEqualTo(6);
    assertThat(busy.getAckLag().getCount()).isEqualTo(3);
    assertThat(busy.getAckLag().getP99Us())
        .isBetween(busy.getAckLag().getP50Us(), busy.getAckLag().getMaxUs());
    assertThat(busy.getLaneStatesList())
        .containsExactly(LaneStateCount.newBuilder().setState("live").setCount(2).build());
    assertThat(busy.getOldestHeartbeatAgent()).isIn("ann", "ben");
    SwarmOverview quiet = overview("quiet");
    assertThat(quiet.getAppendedCount()).isEqualTo(1);
    assertThat(quiet.getConnectedAgents()).isZero();
    assertThat(quiet.getAckLag().getCount()).isZero();
  }

  @Test
  void shouldTellOfTheCoordinatorAndOfTheFirstSwarms() {
    // given
    coordinator.publish("a", event("one"));
    coordinator.publish("b", event("one"), event("two"));
    coordinator.publish("c", event("one"), event("two"), event("three"));

    // when
    GetOverviewResponse byRate = overview(OverviewOrder.OVERVIEW_ORDER_RATE, 2);

    // then
    assertThat(byRate.getSwarmsList()).extracting(SwarmOverview::getName).containsExactly("c", "b");
    assertThat(byRate.getCoordinator().getSwarmCount()).isEqualTo(3);
    assertThat(byRate.getCoordinator().getShardsCount()).isEqualTo(1);
    assertThat(byRate.getCoordinator().getHeapMaxBytes()).isPositive();
    assertThat(byRate.getCoordinator().getConfigurationList()).isEmpty();
    assertThat(byRate.getNowUnixNano()).isGreaterThan(byRate.getCoordinator().getStartedUnixNano());
    assertThat(overview(OverviewOrder.OVERVIEW_ORDER_NAME, 0).getSwarmsList())
        .extracting(SwarmOverview::getName)
        .containsExactly("a", "b", "c");
  }

  @Test
  void shouldPutTheSwarmFirstWhoseAgentsAreBehind() {
    // given
    TestAgent.connect(coordinator, TestAgent.hello("b", "slow")).attach(Log.LOG_MAIN).caughtUp();
    coordinator.publish("a", event("one"), event("two"));
    coordinator.publish("b", event("one"));

    // then
    await()
        .untilAsserted(
            () ->
                assertThat(overview(OverviewOrder.OVERVIEW_ORDER_BACKLOG, 1).getSwarmsList())
                    .extracting(SwarmOverview::getName, SwarmOverview::getBacklogSum)
                    .containsExactly(tuple("b", 1L)));
  }

  @Test
  void shouldListTheAgentsThatHaveMostBeforeThem() {
    // given
    TestLane ann =
        TestAgent.connect(coordinator, TestAgent.hello("swarm", "ann")).attach(Log.LOG_MAIN);
    TestLane ben =
        TestAgent.connect(coordinator, TestAgent.hello("swarm", "ben")).attach(Log.LOG_MAIN);
    TestAgent.connect(coordinator, TestAgent.hello("swarm", "cy"));
    coordinator.publish("swarm", event("one"));
    ann.receiveOperations(1).acknowledge();
    coordinator.publish("swarm", event("two"));
    ann.receiveOperations(2);
    ben.receiveOperations(2);

    // then
    await().until(() -> backlogs(2).getBacklogSum() == 3);
    ListBacklogsResponse backlogs = backlogs(2);
    assertThat(backlogs.getConnectedAgents()).isEqualTo(3);
    assertThat(backlogs.getAgentsList())
        .extracting(AgentBacklog::getAgent, AgentBacklog::getBacklog)
        .containsExactly(tuple("ben", 2L), tuple("ann", 1L));
    LaneBacklog lane = backlogs.getAgents(1).getLanes(0);
    assertThat(lane.getLog()).isEqualTo(Log.LOG_MAIN);
    assertThat(lane.getAckedOpId()).isEqualTo(1);
    assertThat(lane.getSentOpId()).isEqualTo(2);
    assertThat(lane.getHeadOpId()).isEqualTo(2);
    assertThat(lane.getState()).isEqualTo("live");
    assertThat(backlogs(0).getAgentsList()).hasSize(3);
  }

  @Test
  void shouldNotCountWhatIsNotForAnAgent() {
    // given
    TestLane ann =
        TestAgent.connect(coordinator, TestAgent.hello("swarm", "ann")).attach(Log.LOG_MAIN);
    ann.caughtUp();

    // when
    for (int i = 0; i < 5; i++) {
      coordinator.publish(
          "swarm", event(Topic.TOPIC_COMMANDS, Requests.agent("ben"), "not for ann"));
    }

    // then
    assertThat(overview("swarm").getMainHeadOpId()).isEqualTo(5);
    assertThat(overview("swarm").getBacklogSum()).isZero();
  }

  @Test
  void shouldSayThatThereIsNoSuchSwarm() {
    assertThat(Failure.of(() -> overview("nowhere")).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
    assertThat(
            Failure.of(
                    () ->
                        observation()
                            .listBacklogs(
                                ListBacklogsRequest.newBuilder().setSwarm("nowhere").build()))
                .reason())
        .isEqualTo(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
  }

  private SwarmOverview overview(String swarm) {
    return observation()
        .getOverview(GetOverviewRequest.newBuilder().setSwarm(swarm).build())
        .getSwarms(0);
  }

  private GetOverviewResponse overview(OverviewOrder order, int maxSwarms) {
    return observation()
        .getOverview(
            GetOverviewRequest.newBuilder().setOrder(order).setMaxSwarms(maxSwarms).build());
  }

  private ListBacklogsResponse backlogs(int maxAgents) {
    return observation()
        .listBacklogs(
            ListBacklogsRequest.newBuilder().setSwarm("swarm").setMaxAgents(maxAgents).build());
  }

  private static TopicCount count(Topic topic, long count) {
    return TopicCount.newBuilder().setTopic(topic).setCount(count).build();
  }

  private ObservationServiceGrpc.ObservationServiceBlockingStub observation() {
    return ObservationServiceGrpc.newBlockingStub(coordinator.channel())
        .withDeadlineAfter(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
