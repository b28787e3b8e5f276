package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.ephemeral;
import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Telemetry that stalls or floods does not delay commands on the same connection. */
class LanesTest {

  private static final String SWARM = "lanes";
  private static final int WINDOW_BYTES = 65_535;
  private static final int RECORD_BYTES = 20_000;

  private Coordinator coordinator;
  private ManagedChannel connection;

  @BeforeEach
  void start() throws Exception {
    coordinator = Coordinator.inMemory();
    connection =
        NettyChannelBuilder.forAddress("127.0.0.1", coordinator.server().port())
            .usePlaintext()
            .flowControlWindow(WINDOW_BYTES)
            .build();
  }

  @AfterEach
  void stop() throws Exception {
    connection.shutdownNow();
    coordinator.close();
  }

  @Test
  void shouldDeliverCommandsWhileTheTelemetryOfTheSameConnectionIsNotRead() {
    // given an agent that reads its commands and not its telemetry, of which there is much
    TestAgent agent =
        TestAgent.connect(
            connection,
            TestAgent.hello(SWARM, "ann")
                .setView(Requests.view(Topic.TOPIC_COMMANDS, Topic.TOPIC_TELEMETRY)));
    TestLane telemetry = agent.attachUnread(Log.LOG_TELEMETRY);
    TestLane commands = agent.attach(Log.LOG_MAIN);
    commands.caughtUp();
    await().until(() -> coordinator.agents(SWARM).get(0).getLanesCount() == 2);
    StreamCall<TelemetryRequest, TelemetryResponse> sensor = telemetry(coordinator.channel());
    for (int number = 1; number <= 200; number++) {
      sensor.send(batch(number));
      assertThat(sensor.next().getAck().getNumber()).isEqualTo(number);
    }

    // when
    for (int i = 1; i <= 50; i++) {
      coordinator.publish(SWARM, event("command " + i));
      commands.receiveThrough(i);
    }

    // then each came while the telemetry still waits to be read
    assertThat(commands.operations()).hasSize(50);
    assertThat(telemetry.call().waitingFrames()).isZero();
    telemetry.call().request(1);
    assertThat(telemetry.call().next().getTelemetry().getOperationsCount()).isPositive();
  }

  @Test
  void shouldTakeCommandsWhileTheTelemetryOfTheSameConnectionFloods() {
    // given a client that floods telemetry and reads no ack
    StreamCall<TelemetryRequest, TelemetryResponse> sensor =
        StreamCall.openUnread(connection, PublishServiceGrpc.getTelemetryMethod());
    sensor.send(hello());
    StreamCall<PublishStreamRequest, PublishStreamResponse> planner =
        StreamCall.open(connection, PublishServiceGrpc.getPublishStreamMethod());
    planner.send(Requests.producer(SWARM, "planner", 0));
    assertThat(planner.next().hasWelcome()).isTrue();

    // when
    int sent = 0;
    for (int number = 1; number <= 50; number++) {
      while (sensor.isReady()) {
        sensor.send(batch(++sent));
      }
      planner.send(Requests.frame(Requests.group(number, event("command " + number))));
      assertThat(planner.next().getAck().getNumber()).isEqualTo(number);
    }

    // then there was always as much telemetry as the window took
    assertThat(sent).isGreaterThan(50);
  }

  private static StreamCall<TelemetryRequest, TelemetryResponse> telemetry(ManagedChannel channel) {
    StreamCall<TelemetryRequest, TelemetryResponse> call =
        StreamCall.open(channel, PublishServiceGrpc.getTelemetryMethod());
    call.send(hello());
    assertThat(call.next().hasWelcome()).isTrue();
    return call;
  }

  private static TelemetryRequest hello() {
    return TelemetryRequest.newBuilder()
        .setHello(TelemetryHello.newBuilder().setSwarm(SWARM).setPublisher("sensor"))
        .build();
  }

  private static TelemetryRequest batch(long number) {
    return TelemetryRequest.newBuilder()
        .setBatch(
            TelemetryBatch.newBuilder()
                .setNumber(number)
                .addRecords(ephemeral(ALL, number + "x".repeat(RECORD_BYTES))))
        .build();
  }
}
