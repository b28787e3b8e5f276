package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.producer;
import static dev.swarmlog.server.contract.TestAgent.hello;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.server.TestMemory;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.Topic;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** When memory is scarce nothing new is taken on, and what is there goes on. */
final class ScarceMemoryTest {

  private static final String SWARM = "s";

  @Test
  void shouldTakeOnNothingNewUntilMemoryIsThereAgain() throws Exception {
    TestMemory memory = new TestMemory();
    try (Coordinator coordinator =
        Coordinator.inMemory(surroundings -> surroundings.withMemory(memory))) {
      // given an agent and a producer
      coordinator.publishEvents(SWARM, 1);
      TestLane agent = TestAgent.connect(coordinator, hello(SWARM, "a")).attach(Log.LOG_MAIN);
      agent.caughtUp();
      StreamCall<PublishStreamRequest, PublishStreamResponse> publisher =
          coordinator.publishStream();
      publisher.send(producer(SWARM, "p", 0));
      assertThat(publisher.next().hasWelcome()).isTrue();
      assertThat(coordinator.status().getScarceMemory()).isEmpty();

      // when
      memory.directPercent(95);
      await(() -> !coordinator.status().getScarceMemory().isEmpty());

      // then
      assertThat(coordinator.status().getScarceMemory())
          .isEqualTo("direct memory holds 95 of 100 MiB");
      assertScarce(TestAgent.refused(coordinator, hello(SWARM, "b")));
      assertScarce(
          Failure.of(
              () ->
                  PublishServiceGrpc.newBlockingStub(coordinator.channel())
                      .publish(
                          PublishRequest.newBuilder()
                              .setSwarm(SWARM)
                              .setPublisher("p")
                              .setGroup(group(0, event("no")))
                              .build())));
      TailRequest tail = TailRequest.newBuilder().setSwarm(SWARM).setLog(Log.LOG_MAIN).build();
      assertScarce(coordinator.tail(tail).refusal());
      StreamCall<PublishStreamRequest, PublishStreamResponse> late = coordinator.publishStream();
      late.send(producer(SWARM, "late", 0));
      assertScarce(late.refusal());

      // and what is for safety is taken
      coordinator.publish(SWARM, event(Topic.TOPIC_CONTROL, Requests.ALL, "stop"));

      // and a stream is read no further than the frame that was asked for
      for (int number = 1; number <= 3; number++) {
        publisher.send(frame(group(number, event("e" + number))));
      }
      assertThat(publisher.next().getAck().getNumber()).isEqualTo(1);
      agent.receiveThrough(2);
      assertThat(publisher.nextWithin(300)).isNull();

      // and everything is, when there is memory again
      memory.directPercent(10);
      assertThat(publisher.next().getAck().getNumber()).isEqualTo(2);
      assertThat(publisher.next().getAck().getNumber()).isEqualTo(3);
      agent.receiveThrough(4);
      TestAgent.connect(coordinator, hello(SWARM, "b"));
    }
  }

  private static void assertScarce(Failure refused) {
    assertThat(refused.reason()).isEqualTo(ErrorReason.ERROR_REASON_OVERLOADED);
    assertThat(refused.message()).contains("direct memory holds 95 of 100 MiB");
    assertThat(refused.retry()).isTrue();
  }

  private static void await(BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(StreamCall.PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time").isLessThan(deadlineNs);
    }
  }
}
