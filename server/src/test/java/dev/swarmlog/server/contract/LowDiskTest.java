package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.producer;
import static dev.swarmlog.server.contract.TestAgent.hello;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishResponse;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryOutcome;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When the disk is low data is refused, and everything else goes on. */
@Timeout(120)
final class LowDiskTest {

  private static final String SWARM = "s";
  private static final long GIB = 1L << 30;

  private final AtomicLong left = new AtomicLong(100 * GIB);

  @TempDir private Path directory;

  @Test
  void shouldRefuseDataAndNothingElseUntilThereIsSpaceAgain() throws Exception {
    try (Coordinator coordinator =
        Coordinator.on(
            directory,
            surroundings -> surroundings.withFreeSpace(path -> left.get()),
            "disk-reserve",
            "0MiB")) {
      // given an agent, a producer and somebody who measures
      coordinator.publishEvents(SWARM, 1);
      TestLane agent = TestAgent.connect(coordinator, hello(SWARM, "a")).attach(Log.LOG_MAIN);
      agent.caughtUp();
      StreamCall<PublishStreamRequest, PublishStreamResponse> publisher =
          coordinator.publishStream();
      publisher.send(producer(SWARM, "p", 0));
      assertThat(publisher.next().hasWelcome()).isTrue();
      StreamCall<TelemetryRequest, TelemetryResponse> measuring = coordinator.telemetry();
      measuring.send(
          TelemetryRequest.newBuilder()
              .setHello(TelemetryHello.newBuilder().setSwarm(SWARM).setPublisher("t"))
              .build());
      assertThat(measuring.next().hasWelcome()).isTrue();

      // when
      left.set(GIB / 4);
      await(() -> !isTaken(coordinator, Topic.TOPIC_COMMANDS));

      // then
      assertLow(Failure.of(() -> publish(coordinator, Topic.TOPIC_COMMANDS)));
      StreamCall<PublishStreamRequest, PublishStreamResponse> late = coordinator.publishStream();
      late.send(producer(SWARM, "late", 0));
      assertLow(late.refusal());

      // and of a stream the first group, and those behind it for that
      publisher.send(frame(group(1, event("e1"))));
      publisher.send(frame(group(2, event("e2"))));
      assertLow(Failure.of(publisher.next().getRefusal().getStatus()));
      assertThat(Failure.of(publisher.next().getRefusal().getStatus()).reason())
          .isEqualTo(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE);
      measuring.send(measurement());
      TelemetryResponse shed = measuring.next();
      assertThat(shed.getAck().getOutcome()).isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_SHED);
      assertThat(shed.getAck().getShedCount()).isEqualTo(1);
      assertLow(Failure.of(shed.getAck().getStatus()));

      // and what is for safety is taken, and whoever reads, reads
      assertThat(isTaken(coordinator, Topic.TOPIC_CONTROL)).isTrue();
      StreamCall<PublishStreamRequest, PublishStreamResponse> safety = coordinator.publishStream();
      safety.send(producer(SWARM, "safety", 0, Log.LOG_CONTROL));
      assertThat(safety.next().hasWelcome()).isTrue();
      safety.send(frame(group(1, event(Topic.TOPIC_CONTROL, Requests.ALL, "stop"))));
      assertThat(safety.next().getAck().getNumber()).isEqualTo(1);
      TestAgent.connect(coordinator, hello(SWARM, "b")).attach(Log.LOG_MAIN).caughtUp();

      // and everything is, when there is space again
      left.set(100 * GIB);
      await(() -> isTaken(coordinator, Topic.TOPIC_COMMANDS));
      publisher.send(frame(group(1, event("e1"))));
      publisher.send(frame(group(2, event("e2"))));
      assertThat(publisher.next().getAck().getNumber()).isEqualTo(1);
      assertThat(publisher.next().getAck().getNumber()).isEqualTo(2);
      measuring.send(measurement());
      assertThat(measuring.next().getAck().getOutcome())
          .isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
    }
  }

  private static TelemetryRequest measurement() {
    return TelemetryRequest.newBuilder()
        .setBatch(
            TelemetryBatch.newBuilder()
                .setNumber(1)
                .addRecords(Requests.ephemeral(Requests.ALL, "20")))
        .build();
  }

  private static boolean isTaken(Coordinator coordinator, Topic topic) {
    try {
      publish(coordinator, topic);
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  private static PublishResponse publish(Coordinator coordinator, Topic topic) {
    return PublishServiceGrpc.newBlockingStub(coordinator.channel())
        .publish(
            PublishRequest.newBuilder()
                .setSwarm(SWARM)
                .setPublisher("p")
                .setGroup(group(0, event(topic, Requests.ALL, "any")))
                .build());
  }

  private static void assertLow(Failure refused) {
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_DISK_FULL);
    assertThat(refused.message()).contains("the coordinator's disk is low: 256 MiB are left");
    assertThat(refused.retry()).isTrue();
  }

  private static void await(BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time").isLessThan(deadlineNs);
    }
  }
}
