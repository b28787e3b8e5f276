package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is written to the program's log without a listener, with a real coordinator. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealLogTest {
  @RegisterExtension static final SwarmlogServerExtension SERVER = SwarmlogServerExtension.onDisk();

  private final ProgramLog program = new ProgramLog();

  @AfterEach
  void closeLog() {
    program.close();
  }

  @Test
  void shouldSayOnceThatNobodyListensAndOnceThatItIsConnectedAgain() throws Exception {
    // given
    SERVER.stop();
    CountDownLatch tries = new CountDownLatch(4);
    AgentListener counting =
        new AgentListener() {
          @Override
          public void disconnected(RetryableException why, Duration retryIn) {
            tries.countDown();
          }
        };
    try (SwarmAgent agent = builder("away").listener(counting).start();
        SwarmPublisher publisher =
            SwarmPublisher.builder(SERVER.target(), "log", "sender").start()) {
      publisher.publish(
          Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("t", "x")));
      // when
      assertThat(tries.await(30, TimeUnit.SECONDS)).isTrue();
      await().until(() -> !program.lines("Sends nothing").isEmpty());
      // then
      assertThat(program.lines("agent 'away' of swarm 'log'"))
          .singleElement()
          .asString()
          .startsWith("WARNING Not connected to " + SERVER.target() + ", next try at ")
          .contains("Expected to reach the coordinator at " + SERVER.target() + ", but got: ")
          .endsWith("Connection refused");
      assertThat(program.lines("publisher 'sender' of swarm 'log', in main"))
          .singleElement()
          .asString()
          .startsWith("WARNING Sends nothing to " + SERVER.target() + " until ")
          .contains("while 1 groups wait")
          .contains("Connection refused");
      // when
      SERVER.start();
      agent.awaitCaughtUp(Duration.ofSeconds(40));
      await().until(() -> publisher.pending() == 0);
      // then
      assertThat(program.lines("INFO"))
          .containsExactlyInAnyOrder(
              "INFO Connected again to " + SERVER.target() + ": agent 'away' of swarm 'log'",
              "INFO Sends again to "
                  + SERVER.target()
                  + ": publisher 'sender' of swarm 'log', in main");
      assertThat(program.lines("WARNING")).hasSize(2);
    }
  }

  @Test
  void shouldSayThatAnAgentWithoutANameIsRefusedForGood() {
    // when
    try (SwarmAgent agent = builder("").start()) {
      await().until(() -> agent.state() == AgentState.FAILED);
      // then
      assertThat(program.lines())
          .singleElement()
          .asString()
          .startsWith("WARNING Stopped for good: agent '' of swarm 'log': INVALID_ARGUMENT: ");
    }
  }

  @Test
  void shouldSayThatANewerInstanceHasTakenOver() throws Exception {
    // given
    try (SwarmAgent older = builder("twice").start()) {
      older.awaitCaughtUp(Duration.ofSeconds(20));
      assertThat(program.lines()).isEmpty();
      // when
      try (SwarmAgent newer = builder("twice").start()) {
        newer.awaitCaughtUp(Duration.ofSeconds(20));
        await().until(() -> older.state() == AgentState.FAILED);
      }
      // then
      assertThat(program.lines())
          .singleElement()
          .asString()
          .startsWith(
              "WARNING Stopped for good: agent 'twice' of swarm 'log': SESSION_SUPERSEDED: ");
    }
  }

  private static SwarmAgentBuilder builder(String name) {
    return SwarmAgent.builder(SERVER.target(), "log", name)
        .on(Topic.TOPIC_COMMANDS, operation -> {});
  }
}
