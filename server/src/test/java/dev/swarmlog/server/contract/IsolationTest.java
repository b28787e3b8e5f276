package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.keyed;
import static dev.swarmlog.server.contract.Requests.producer;
import static dev.swarmlog.server.contract.Requests.withKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.v1.GetSwarmResponse;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens in one swarm changes nothing in another. */
class IsolationTest {

  @Test
  void shouldKeepSwarmsWithTheSameNamesInsideApart() throws Exception {
    try (Coordinator coordinator = Coordinator.inMemory()) {
      // given the same agent, producer, keys and idempotency keys in both
      TestLane red = laneOf(coordinator, "red");
      TestLane blue = laneOf(coordinator, "blue");
      StreamCall<PublishStreamRequest, PublishStreamResponse> redStream =
          coordinator.publishStream();
      redStream.send(producer("red", "p", 0));
      redStream.next();
      coordinator.publish("blue", keyed("k", "blue"));
      GetSwarmResponse blueBefore = coordinator.swarm("blue");

      // when much happens in the one
      coordinator.publish("red", keyed("k", "red 1"));
      coordinator.publish("red", withKey("order", event("red 2")));
      redStream.send(frame(group(1, event("red 3"))));
      assertThat(redStream.next().hasAck()).isTrue();

      // then
      assertThat(red.receiveOperations(3).texts()).containsExactly("red 1", "red 2", "red 3");
      assertThat(coordinator.swarm("blue").getSumsList()).isEqualTo(blueBefore.getSumsList());
      assertThat(coordinator.swarm("blue").getSwarm()).isEqualTo(blueBefore.getSwarm());
      assertThat(coordinator.publish("blue", withKey("order", event("blue 2"))).getDuplicate())
          .isFalse();
      assertThat(blue.receiveOperations(2).texts()).containsExactly("blue", "blue 2");
      assertThat(coordinator.everything("blue", Log.LOG_MAIN)).hasSize(2);
      assertThat(coordinator.agents("red")).hasSize(1);
      assertThat(coordinator.agents("blue")).hasSize(1);
      assertThat(coordinator.swarm("red").getSwarm().getIncarnation())
          .isNotEqualTo(blueBefore.getSwarm().getIncarnation());
    }
  }

  @Test
  void shouldServeAQuietSwarmWhileAnotherIsHot(@TempDir Path directory) throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      // given a producer that publishes into one swarm as fast as its window lets it
      TestLane quiet = laneOf(coordinator, "quiet");
      StreamCall<PublishStreamRequest, PublishStreamResponse> hot = coordinator.publishStream();
      hot.send(producer("hot", "p", 0));
      hot.next();
      AtomicBoolean enough = new AtomicBoolean();
      AtomicLong sent = new AtomicLong();
      CompletableFuture<Void> heat =
          CompletableFuture.runAsync(
              () -> {
                String text = "x".repeat(2_000);
                while (!enough.get() && hot.awaitReady(30_000)) {
                  hot.send(frame(group(sent.incrementAndGet(), event(text))));
                }
              });

      // when something is published into the other, again and again
      long hotBefore = coordinator.swarm("hot").getSwarm().getMainHead().getOpId();
      for (int i = 1; i <= 50; i++) {
        coordinator.publish("quiet", event("quiet " + i));
        quiet.receiveThrough(i);
      }
      long hotAfter = coordinator.swarm("hot").getSwarm().getMainHead().getOpId();
      enough.set(true);
      heat.get(StreamCall.PATIENCE_SECONDS, TimeUnit.SECONDS);

      // then both went on
      assertThat(quiet.operations()).hasSize(50);
      assertThat(hotAfter).isGreaterThan(hotBefore);
      for (long number = 1; number <= sent.get(); number++) {
        assertThat(hot.next().getAck().getNumber()).isEqualTo(number);
      }
    }
  }

  private static TestLane laneOf(Coordinator coordinator, String swarm) {
    TestLane lane =
        TestAgent.connect(coordinator, TestAgent.hello(swarm, "agent")).attach(Log.LOG_MAIN);
    lane.caughtUp();
    return lane;
  }
}
