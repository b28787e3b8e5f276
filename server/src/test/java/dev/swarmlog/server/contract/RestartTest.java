package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.producer;
import static dev.swarmlog.server.contract.Requests.withKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.Slots;
import dev.swarmlog.storage.rocksdb.DataDirectory;
import dev.swarmlog.storage.rocksdb.StorageOptions;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Plan;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.ProducerWelcome;
import dev.swarmlog.v1.PublishAck;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.Swarm;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is the same after the coordinator was stopped and started on the same data. */
class RestartTest {

  @TempDir private Path directory;

  @ParameterizedTest(name = "gracefully: {0}")
  @ValueSource(booleans = {true, false})
  void shouldComeBackWithTheSameLogs(boolean gracefully) throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      // given
      coordinator.publishEvents("logs", 10);
      coordinator.publish("logs", keyed("a", "1"), keyed("b", "2"), keyed("a", "3"));
      coordinator.publish("logs", event(Topic.TOPIC_CONTROL, ALL, "config"));
      coordinator.publish("other", event("x"));
      GetSwarmResponse before = coordinator.swarm("logs");
      List<Operation> main = coordinator.everything("logs", Log.LOG_MAIN);

      // when
      restart(coordinator, gracefully);

      // then
      assertThat(coordinator.swarm("logs")).isEqualTo(before);
      assertThat(coordinator.everything("logs", Log.LOG_MAIN)).isEqualTo(main);
      assertThat(RunningHash.of(main).agreesWith(before.getSwarm().getMainHead())).isTrue();
      assertThat(coordinator.everything("logs", Log.LOG_CONTROL)).hasSize(1);
      assertThat(coordinator.everything("other", Log.LOG_MAIN)).hasSize(1);
      assertThat(coordinator.status().getSwarmCount()).isEqualTo(2);

      // and the log goes on where it was
      PublishAck next = coordinator.publish("logs", event("next"));
      assertThat(next.getFirstOpId()).isEqualTo(14);
      List<Operation> grown = coordinator.everything("logs", Log.LOG_MAIN);
      assertThat(RunningHash.of(grown).agreesWith(next.getLast())).isTrue();
      assertThat(grown.get(13).getAppendTimeUnixNano())
          .isGreaterThanOrEqualTo(grown.get(12).getAppendTimeUnixNano());
    }
  }

  @ParameterizedTest(name = "gracefully: {0}")
  @ValueSource(booleans = {true, false})
  void shouldRememberProducersAndTheirAnswers(boolean gracefully) throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      // given
      StreamCall<PublishStreamRequest, PublishStreamResponse> before = coordinator.publishStream();
      before.send(producer("producers", "p", 0));
      ProducerWelcome welcome = before.next().getWelcome();
      before.send(frame(group(1, event("1"))));
      before.send(frame(group(2, event("2"))));
      PublishAck first = before.next().getAck();
      before.next();

      // when
      restart(coordinator, gracefully);

      // then
      StreamCall<PublishStreamRequest, PublishStreamResponse> after = coordinator.publishStream();
      after.send(producer("producers", "p", welcome.getProducerEpoch()));
      ProducerWelcome again = after.next().getWelcome();
      assertThat(again.getProducerEpoch()).isEqualTo(welcome.getProducerEpoch());
      assertThat(again.getNextNumber()).isEqualTo(3);
      after.send(frame(group(1, event("1"))));
      assertThat(after.next().getAck()).isEqualTo(first.toBuilder().setDuplicate(true).build());
      after.send(frame(group(2, event("another"))));
      Failure.of(after.next().getRefusal().getStatus())
          .is(ErrorReason.ERROR_REASON_REQUEST_CONFLICT);
      after.send(frame(group(3, event("3"))));
      assertThat(after.next().getAck().getFirstOpId()).isEqualTo(3);

      // and a new epoch is above the old one
      StreamCall<PublishStreamRequest, PublishStreamResponse> anew = coordinator.publishStream();
      anew.send(producer("producers", "p", 0));
      assertThat(anew.next().getWelcome().getProducerEpoch())
          .isGreaterThan(welcome.getProducerEpoch());
    }
  }

  @ParameterizedTest(name = "gracefully: {0}")
  @ValueSource(booleans = {true, false})
  void shouldRememberIdempotencyKeys(boolean gracefully) throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      PublishAck first = coordinator.publish("keys", withKey("order-1", event("a")));

      restart(coordinator, gracefully);

      assertThat(coordinator.publish("keys", withKey("order-1", event("a"))))
          .isEqualTo(first.toBuilder().setDuplicate(true).build());
      Failure.of(() -> coordinator.publish("keys", withKey("order-1", event("b"))))
          .is(ErrorReason.ERROR_REASON_REQUEST_CONFLICT);
    }
  }

  @ParameterizedTest(name = "gracefully: {0}")
  @ValueSource(booleans = {true, false})
  void shouldLetAgentsGoOnWhereTheyWere(boolean gracefully) throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      // given an agent that has got 5 of 10
      coordinator.publishEvents("agents", 5);
      TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("agents", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      lane.receiveThrough(5);
      Position stored = lane.position();
      agent.vanish();
      coordinator.publishEvents("agents", 5);

      // when
      restart(coordinator, gracefully);

      // then
      TestAgent back =
          TestAgent.connect(
              coordinator, TestAgent.hello("agents", "agent").addResume(TestAgent.at(stored)));
      assertThat(back.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_DELTA);
      assertThat(back.plan(Log.LOG_MAIN).getMissingOperations()).isEqualTo(5);
      TestLane again = back.attach(Log.LOG_MAIN);
      again.caughtUp();
      assertThat(again.operations())
          .extracting(Operation::getOpId)
          .containsExactly(6L, 7L, 8L, 9L, 10L);
    }
  }

  @Test
  void shouldRecordHowFarAgentsHaveAcknowledged() throws Exception {
    // given
    try (Coordinator coordinator = Coordinator.on(directory)) {
      coordinator.publishEvents("acks", 5);
      TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("acks", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      lane.receiveThrough(5);

      // when an ack is the last that happens before the coordinator stops
      lane.acknowledge(lane.position().toBuilder().setOpId(4).build());
      await()
          .atMost(Duration.ofSeconds(StreamCall.PATIENCE_SECONDS))
          .until(() -> coordinator.agents("acks").get(0).getLanes(0).getAckedOpId() == 4);
    }

    // then it is in the store
    try (DataDirectory store = DataDirectory.open(directory, StorageOptions.defaults());
        EventLog log = store.openShard(Slots.shardOf("acks", store.shardCount()))) {
      assertThat(log.recordedCursor("acks", "agent", Log.LOG_MAIN)).isEqualTo(4);
      assertThat(log.recordedCursor("acks", "another", Log.LOG_MAIN)).isZero();
    }
  }

  @Test
  void shouldRejectThePositionOfASwarmThatLivedInAnotherStore(@TempDir Path elsewhere)
      throws Exception {
    // given
    Position foreign;
    try (Coordinator other = Coordinator.on(elsewhere)) {
      foreign = other.publishEvents("swarm", 3).getLast();
    }

    try (Coordinator coordinator = Coordinator.on(directory)) {
      coordinator.publishEvents("swarm", 3);

      // when
      TestAgent agent =
          TestAgent.connect(
              coordinator, TestAgent.hello("swarm", "agent").addResume(TestAgent.at(foreign)));

      // then
      assertThat(agent.plan(Log.LOG_MAIN).getPlan()).isEqualTo(Plan.PLAN_REJECT);
      Failure.of(agent.plan(Log.LOG_MAIN).getStatus())
          .is(ErrorReason.ERROR_REASON_EPOCH_MISMATCH, "incarnation");
    }
  }

  @Test
  void shouldKeepIncarnationAndEpoch() throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      coordinator.publish("life", event("a"));
      Swarm before = coordinator.swarm("life").getSwarm();

      coordinator.restart();
      coordinator.restartAbruptly();

      Swarm after = coordinator.swarm("life").getSwarm();
      assertThat(after.getIncarnation()).isEqualTo(before.getIncarnation());
      assertThat(after.getEpoch()).isEqualTo(before.getEpoch());
      assertThat(after.getSlot()).isEqualTo(before.getSlot());
      assertThat(after.getShard()).isEqualTo(before.getShard());
    }
  }

  private static void restart(Coordinator coordinator, boolean gracefully) throws Exception {
    if (gracefully) {
      coordinator.restart();
    } else {
      coordinator.restartAbruptly();
    }
  }
}
