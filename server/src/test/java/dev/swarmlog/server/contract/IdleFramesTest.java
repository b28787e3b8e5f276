package dev.swarmlog.server.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Log;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Frames that say nothing, again and again. */
final class IdleFramesTest {

  private static final String SWARM = "s";

  private static Coordinator coordinator;

  @BeforeAll
  static void start() throws Exception {
    coordinator = Coordinator.inMemory();
    coordinator.publishEvents(SWARM, 1);
  }

  @AfterAll
  static void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldEndASessionThatSendsNothingButHeartbeats() {
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "a"));

    for (int number = 1; number <= 1_001; number++) {
      agent.control().send(heartbeat(number));
    }

    Failure ended = agent.control().refusalInTheEnd();
    assertThat(ended.reason()).isEqualTo(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION);
    assertThat(ended.message()).contains("at most 1000 heartbeats");
  }

  @Test
  void shouldEndAStreamThatAcknowledgesTheSameAgainAndAgain() {
    TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "a"));
    TestLane lane = agent.attach(Log.LOG_MAIN).receiveThrough(1);

    for (int i = 0; i <= 1_001; i++) {
      lane.acknowledge();
    }

    Failure ended = lane.call().refusalInTheEnd();
    assertThat(ended.reason()).isEqualTo(ErrorReason.ERROR_REASON_PROTOCOL_VIOLATION);
    assertThat(ended.message()).contains("acks of nothing new");
  }

  static ControlRequest heartbeat(long number) {
    return ControlRequest.newBuilder()
        .setHeartbeat(Heartbeat.newBuilder().setNumber(number))
        .build();
  }
}
