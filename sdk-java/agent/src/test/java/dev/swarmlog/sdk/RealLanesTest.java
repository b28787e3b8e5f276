package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Topic;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What stalls one lane of an agent does not delay the others on its connection. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealLanesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final SwarmlogServerExtension server = SwarmlogServerExtension.inMemory();

  @Test
  void shouldApplyCommandsWhileItsTelemetryHandlerIsStuckAndTelemetryFloods() throws Exception {
    // given an agent whose telemetry handler does not come back
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<String> applied = new CopyOnWriteArrayList<>();
    try (SwarmAgent agent =
            SwarmAgent.builder(server.target(), "s", "a")
                .on(
                    Topic.TOPIC_TELEMETRY,
                    operation -> {
                      stuck.countDown();
                      release.await();
                    })
                .on(
                    Topic.TOPIC_COMMANDS,
                    operation -> applied.add(operation.getPayload().getData().toStringUtf8()))
                .start();
        SwarmPublisher sensor = SwarmPublisher.builder(server.target(), "s", "sensor").start();
        SwarmPublisher planner = SwarmPublisher.builder(server.target(), "s", "planner").start()) {
      agent.awaitCaughtUp(PATIENCE);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                flood(sensor, 10);
                return stuck.getCount() == 0;
              });
      flood(sensor, 2_000);

      // when
      for (int i = 1; i <= 50; i++) {
        planner
            .publish(
                Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), StringValue.of("c" + i)))
            .get(20, TimeUnit.SECONDS);
      }

      // then
      await().atMost(PATIENCE).until(() -> applied.size() == 50);
      assertThat(stuck.getCount()).isZero();
      assertThat(agent.state()).isEqualTo(AgentState.LIVE);
      release.countDown();
    }
  }

  private static void flood(SwarmPublisher sensor, int records) {
    for (int i = 0; i < records; i++) {
      sensor.telemetry(Publication.measurement(Targets.all(), StringValue.of("x".repeat(5_000))));
    }
  }
}
