package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An agent that a real coordinator does not serve for a long time. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealUnservedTest {
  @RegisterExtension
  static final SwarmlogServerExtension SERVER =
      SwarmlogServerExtension.onDisk().with("breaker-wait", "300s");

  private final BlockingQueue<Duration> waits = new LinkedBlockingQueue<>();

  @Test
  void shouldNotSleepOutTheWaitOfACoordinatorThatIsGone() throws Exception {
    // given an agent that is not served for minutes
    try (SwarmClient client = SwarmClient.connect(SERVER.target());
        ProgramLog program = new ProgramLog()) {
      client.createSwarm("s");
      limitToOneAtATime(client);
      refuseOften();
      AgentListener listener =
          new AgentListener() {
            @Override
            public void disconnected(RetryableException why, Duration retryIn) {
              if (why.reason() == ErrorReason.ERROR_REASON_BREAKER_OPEN) {
                waits.add(retryIn);
              }
            }
          };
      try (SwarmConnection connection =
              SwarmConnection.builder(SERVER.target()).random(new Hasty()).build();
          SwarmAgent agent =
              SwarmAgent.builder(connection, "s", "a")
                  .on(Topic.TOPIC_COMMANDS, operation -> {})
                  .listener(listener)
                  .start()) {
        assertThat(waits.poll(20, TimeUnit.SECONDS)).isGreaterThan(Duration.ofMinutes(2));
        assertThat(program.lines("Not served by " + SERVER.target())).hasSize(1);
        // when
        SERVER.restart();
        // then
        await().atMost(Duration.ofSeconds(60)).until(() -> agent.state() == AgentState.LIVE);
      }
    }
  }

  /** Jitter of at most a second, so that nobody waits for it. */
  private static final class Hasty implements RandomGenerator {
    @Override
    public long nextLong() {
      return 0;
    }

    @Override
    public long nextLong(long bound) {
      return Math.min(bound - 1, Duration.ofSeconds(1).toNanos());
    }
  }

  private static void refuseOften() {
    try (SwarmPublisher publisher = SwarmPublisher.builder(SERVER.target(), "s", "a").start()) {
      for (int i = 0; i < 50; i++) {
        assertThatThrownBy(
                () ->
                    publisher
                        .publishGroup(
                            Collections.nCopies(
                                2,
                                Publication.event(
                                    Topic.TOPIC_COMMANDS,
                                    Targets.all(),
                                    Payloads.text("test.Work", "too large"))))
                        .get(10, TimeUnit.SECONDS))
            .hasCauseInstanceOf(TerminalException.class);
      }
    }
  }

  private static void limitToOneAtATime(SwarmClient client) {
    client.setRateLimits(
        "s",
        RateLimits.newBuilder()
            .addAgent(
                TopicRateLimit.newBuilder()
                    .setTopic(Topic.TOPIC_COMMANDS)
                    .setLimit(
                        RateLimit.newBuilder().setOperationsPerSecond(10).setOperationsBurst(1)))
            .build());
  }
}
