package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.keyed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.Capability;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.DriftReport.Healing;
import dev.swarmlog.v1.DriftServiceGrpc;
import dev.swarmlog.v1.DriftServiceGrpc.DriftServiceBlockingStub;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Hello;
import dev.swarmlog.v1.ListDriftRequest;
import dev.swarmlog.v1.ListDriftResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.ReleaseAgentRequest;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.ScopeSums;
import dev.swarmlog.v1.Topic;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of drift after the coordinator was killed and started again. */
class DriftRestartTest {

  private static final String SWARM = "fleet";
  private static final Scope COMMANDS =
      Scope.newBuilder().setTopic(Topic.TOPIC_COMMANDS).setTarget(Requests.ALL).build();

  @TempDir private Path directory;

  @Test
  void shouldNotFeedWhoWasStoppedUntilReleased() throws Exception {
    try (Coordinator coordinator =
        Coordinator.on(directory, UnaryOperator.identity(), "drift-stop-after", "1")) {
      // given
      coordinator.publish(SWARM, keyed("gate", "open"));
      drift(coordinator, "ant");
      drift(coordinator, "bee");
      ListDriftResponse before = list(coordinator);
      assertThat(before.getStoppedAgentsList()).containsExactlyInAnyOrder("ant", "bee");
      awaitReports(coordinator, 2);

      // when
      coordinator.restartAbruptly();

      // then
      assertThat(list(coordinator)).isEqualTo(before);
      TestAgent.refused(coordinator, hello("ant")).is(ErrorReason.ERROR_REASON_DRIFTED, "ant");

      // when
      stub(coordinator)
          .releaseAgent(ReleaseAgentRequest.newBuilder().setSwarm(SWARM).setAgent("ant").build());
      coordinator.restartAbruptly();

      // then
      assertThat(list(coordinator).getStoppedAgentsList()).containsExactly("bee");
      assertThat(list(coordinator).getReportsList())
          .extracting(DriftReport::getAgent)
          .containsExactly("bee", "ant");
      TestAgent.connect(coordinator, hello("ant"));
    }
  }

  @Test
  void shouldSayThatWhatWasUnderWayHasVanished() throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      coordinator.publish(SWARM, keyed("gate", "open"));
      drift(coordinator, "ant");
      awaitReports(coordinator, 1);

      coordinator.restartAbruptly();

      assertThat(list(coordinator).getReportsList())
          .extracting(DriftReport::getHealing)
          .containsExactly(Healing.HEALING_VANISHED);
      assertThat(list(coordinator).getStoppedAgentsList()).isEmpty();
    }
  }

  /** Connects, and reports another state; answers when that was found. */
  private static void drift(Coordinator coordinator, String agent) {
    int found = list(coordinator).getReportsCount();
    TestLane lane = TestAgent.connect(coordinator, hello(agent)).attach(Log.LOG_MAIN);
    lane.caughtUp();
    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(
                    Ack.newBuilder()
                        .setApplied(lane.position())
                        .addSums(
                            ScopeSums.newBuilder()
                                .setScope(COMMANDS)
                                .setStateDigest(ByteString.copyFromUtf8("0123456789abcdef"))))
                .build());
    await().until(() -> list(coordinator).getReportsCount() > found);
  }

  /** Until they are in the log. */
  private static void awaitReports(Coordinator coordinator, int count) {
    await()
        .until(
            () ->
                coordinator.everything(SWARM, Log.LOG_MAIN).stream()
                        .filter(operation -> operation.getTopic() == Topic.TOPIC_ALERTS)
                        .count()
                    == count);
  }

  private static Hello.Builder hello(String agent) {
    return TestAgent.hello(SWARM, agent)
        .setCapabilities(Capability.CAPABILITY_SYNC_VALUE | Capability.CAPABILITY_DRIFT_VALUE);
  }

  private static ListDriftResponse list(Coordinator coordinator) {
    return stub(coordinator).listDrift(ListDriftRequest.newBuilder().setSwarm(SWARM).build());
  }

  private static DriftServiceBlockingStub stub(Coordinator coordinator) {
    return DriftServiceGrpc.newBlockingStub(coordinator.channel());
  }
}
