package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A publisher that is faster than a rate limit: nothing is lost, reordered or there twice. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RateLimitedTest {

  @RegisterExtension
  static final SwarmlogServerExtension PATIENT = SwarmlogServerExtension.inMemory();

  @Test
  void shouldBeSlowedDownAndNotRefused() throws Exception {
    RateLimitFigures figures = shouldKeepEverythingInOrder(PATIENT, 100, 20, 150);
    assertThat(figures.getRefusedCount()).isZero();
    assertThat(figures.getWaitedCount()).isPositive();
  }

  private static RateLimitFigures shouldKeepEverythingInOrder(
      SwarmlogServerExtension server, long perSecond, long burst, int count) throws Exception {
    try (SwarmClient client = SwarmClient.connect(server.target());
        SwarmPublisher publisher = SwarmPublisher.builder(server.target(), "s", "p").start()) {
      // given
      client.createSwarm("s");
      client.setRateLimits(
          "s",
          RateLimits.newBuilder()
              .addAgent(
                  TopicRateLimit.newBuilder()
                      .setTopic(Topic.TOPIC_COMMANDS)
                      .setLimit(
                          RateLimit.newBuilder()
                              .setOperationsPerSecond(perSecond)
                              .setOperationsBurst(burst)))
              .build());

      // when all is published at once
      List<CompletableFuture<Position>> acks = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        acks.add(
            publisher.publish(
                Publication.event(
                    Topic.TOPIC_COMMANDS,
                    Targets.all(),
                    Payloads.text("test.Work", Integer.toString(i)))));
      }

      // then
      for (int i = 1; i <= count; i++) {
        assertThat(acks.get(i - 1).get(50, TimeUnit.SECONDS).getOpId()).isEqualTo(i);
      }
      assertThat(texts(client))
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList());
      return client.getSwarm("s").getRateLimitFigures();
    }
  }

  private static List<String> texts(SwarmClient client) throws Exception {
    List<String> texts = new ArrayList<>();
    TailRequest request =
        TailRequest.newBuilder()
            .setSwarm("s")
            .setLog(Log.LOG_MAIN)
            .setAfterOpId(0)
            .setStopAtHead(true)
            .build();
    try (FrameStream<TailResponse> tail = client.tail(request)) {
      while (tail.hasNext()) {
        for (Operation operation : tail.next().getDelivery().getOperationsList()) {
          texts.add(operation.getPayload().getData().toStringUtf8());
        }
      }
    }
    return texts;
  }
}
