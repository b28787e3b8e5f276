package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.producer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.ControlResponse;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that say nothing, and a coordinator that goes. */
class SilenceTest {

  @Test
  void shouldEndStreamsWhoseFirstFrameDoesNotCome() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(Coordinator.limits("handshakeTimeout", Duration.ofSeconds(1)))) {
      // when
      StreamCall<?, ?> control = coordinator.control();
      StreamCall<?, ?> data = coordinator.data();
      StreamCall<?, ?> publish = coordinator.publishStream();
      StreamCall<?, ?> telemetry = coordinator.telemetry();

      // then
      control.refusal().is(ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT, "Hello", "1000 ms");
      data.refusal().is(ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT, "Attach");
      publish.refusal().is(ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT, "ProducerHello");
      telemetry.refusal().is(ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT, "TelemetryHello");
    }
  }

  @Test
  void shouldNotTimeOutStreamsWhoseFirstFrameCame() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(Coordinator.limits("handshakeTimeout", Duration.ofSeconds(1)))) {
      // given
      TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("shaken", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      StreamCall<PublishStreamRequest, PublishStreamResponse> publish = coordinator.publishStream();
      publish.send(producer("shaken", "p", 0));
      publish.next();

      // when the time of a silent stream that was opened later is up
      StreamCall<?, ?> silent = coordinator.control();
      silent.refusal().is(ErrorReason.ERROR_REASON_HANDSHAKE_TIMEOUT);

      // then
      publish.send(frame(group(1, event("a"))));
      assertThat(publish.next().hasAck()).isTrue();
      assertThat(lane.receiveOperations(1).texts()).containsExactly("a");
      agent.beat(1);
      assertThat(agent.control().next().hasHeartbeatReply()).isTrue();
    }
  }

  @Test
  void shouldEndASessionWhoseHeartbeatsStop() throws Exception {
    try (Coordinator coordinator =
        Coordinator.inMemory(
            Coordinator.limits(
                "heartbeatInterval",
                Duration.ofMillis(100),
                "heartbeatTimeout",
                Duration.ofSeconds(1)))) {
      // given
      TestAgent silent = TestAgent.connect(coordinator, TestAgent.hello("silent", "agent"));
      TestLane lane = silent.attach(Log.LOG_MAIN);
      lane.caughtUp();

      // then
      silent.control().refusal().is(ErrorReason.ERROR_REASON_HEARTBEAT_TIMEOUT, "100 ms");
      lane.call().refusal().is(ErrorReason.ERROR_REASON_HEARTBEAT_TIMEOUT, "1000 ms");
      assertThat(coordinator.agents("silent")).isEmpty();
    }
  }

  @Test
  void shouldDrainBeforeItStops() throws Exception {
    Coordinator coordinator = Coordinator.inMemory();
    try {
      // given an agent, a publisher and an observer
      TestAgent agent = TestAgent.connect(coordinator, TestAgent.hello("drain", "agent"));
      TestLane lane = agent.attach(Log.LOG_MAIN);
      lane.caughtUp();
      StreamCall<PublishStreamRequest, PublishStreamResponse> publish = coordinator.publishStream();
      publish.send(producer("drain", "p", 0));
      publish.next();
      publish.send(frame(group(1, event("a"))));
      assertThat(publish.next().hasAck()).isTrue();
      StreamCall<TailRequest, TailResponse> tail =
          coordinator.tail(
              TailRequest.newBuilder()
                  .setSwarm("drain")
                  .setLog(Log.LOG_MAIN)
                  .setAfterOpId(0)
                  .build());
      assertThat(tail.next().hasDelivery()).isTrue();
      assertThat(tail.next().hasCaughtUp()).isTrue();

      // when
      long startNs = System.nanoTime();
      CompletableFuture<Void> closed =
          CompletableFuture.runAsync(() -> coordinator.server().close());

      // then the agent is asked to go, and may finish what it has
      ControlResponse drain = agent.control().next();
      assertThat(drain.hasDrain()).as("%s", drain).isTrue();
      assertThat(drain.getDrain().getReason()).isNotEmpty();
      assertThat(drain.getDrain().getReconnectAfterMs()).isPositive();
      lane.receiveOperations(1);
      lane.acknowledge();
      lane.call().halfClose();
      agent.control().halfClose();

      // and the others, who are not asked to finish anything, are told at once
      publish
          .refusal()
          .says(ErrorReason.ERROR_REASON_SHUTTING_DOWN, "The coordinator is shutting down.");
      tail.refusal()
          .says(ErrorReason.ERROR_REASON_SHUTTING_DOWN, "The coordinator is shutting down.");
      closed.get(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(Duration.ofNanos(System.nanoTime() - startNs))
          .as("it does not wait for the whole drain timeout of 10 s")
          .isLessThan(Duration.ofSeconds(8));
    } finally {
      coordinator.close();
    }
  }

  @Test
  void shouldForgetAClientThatIsGoneBeforeItIsWelcomed() throws Exception {
    try (Coordinator coordinator = Coordinator.inMemory()) {
      for (int i = 0; i < 50; i++) {
        var control = coordinator.control();
        control.send(TestAgent.frame(TestAgent.hello("hasty", "agent" + i)));
        control.cancel();
      }

      await()
          .atMost(Duration.ofSeconds(StreamCall.PATIENCE_SECONDS))
          .untilAsserted(() -> assertThat(coordinator.status().getSessionCount()).isZero());
    }
  }
}
