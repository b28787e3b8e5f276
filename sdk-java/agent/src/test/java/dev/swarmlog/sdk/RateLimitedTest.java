package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.ErrorReason;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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

  @RegisterExtension
  static final SwarmlogServerExtension IMPATIENT =
      SwarmlogServerExtension.inMemory().withLimit("ratePatience", Duration.ofMillis(5));

  @Test
  void shouldBeSlowedDownAndNotRefused() throws Exception {
    RateLimitFigures figures = shouldKeepEverythingInOrder(PATIENT, 100, 20, 150);
    assertThat(figures.getRefusedCount()).isZero();
    assertThat(figures.getWaitedCount()).isPositive();
  }

  @Test
  void shouldWaitAsItIsToldWhereItIsRefused() throws Exception {
    // given what takes 4 s at this rate
    long beganNs = System.nanoTime();
    RateLimitFigures figures = shouldKeepEverythingInOrder(IMPATIENT, 50, 10, 210);
    // then
    assertThat(Duration.ofNanos(System.nanoTime() - beganNs))
        .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(12));
    // On a busy machine timers are late, and there are more tokens than were waited for.
    assertThat(figures.getRefusedCount()).isPositive();
  }

  @Test
  void shouldSayInAFullQueueHowLongItWaitsAndWhy() throws Exception {
    try (SwarmClient client = SwarmClient.connect(PATIENT.target());
        SwarmPublisher publisher =
            SwarmPublisher.builder(PATIENT.target(), "full", "p").maxQueued(20, 1 << 20).start()) {
      // given a stream that is held, of which nothing is refused
      client.createSwarm("full");
      limit(client, "full", 1, 1);
      publisher.publish(work("the burst")).get(10, TimeUnit.SECONDS);

      // when
      CompletableFuture<Position> tooMuch = publisher.publish(work("waits"));
      while (!tooMuch.isCompletedExceptionally()) {
        tooMuch = publisher.publish(work("waits, or is too much"));
      }

      // then
      assertThat(tooMuch)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingCause()
          .isInstanceOf(QueueFullException.class)
          .withMessageContaining("groups wait for their answer, the oldest for ")
          .withMessageContaining("none was refused")
          .withMessageContaining("./swarmlog limits full");
      assertThat(publisher.state(Log.LOG_MAIN).oldestWaited()).isPositive();
      publisher.close(Duration.ZERO);
    }
  }

  @Test
  void shouldSayAtOnceWhatCanNeverPass() throws Exception {
    try (SwarmClient client = SwarmClient.connect(IMPATIENT.target());
        SwarmPublisher publisher =
            SwarmPublisher.builder(IMPATIENT.target(), "large", "p").start()) {
      // given
      client.createSwarm("large");
      limit(client, "large", 10, 10);

      // when
      CompletableFuture<GroupPosition> tooLarge =
          publisher.publishGroup(Collections.nCopies(11, work("one of eleven")));
      CompletableFuture<Position> other = publisher.publish(work("alone"));

      // then
      assertThat(tooLarge)
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingCause()
          .isInstanceOfSatisfying(
              TerminalException.class,
              refused ->
                  assertThat(refused.reason())
                      .isEqualTo(ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE))
          .withMessageContaining("at most 10 operations at once")
          .withMessageContaining("burst of the rate limit of publisher 'p' in topic commands")
          .withMessageContaining("but got 11");
      assertThat(other.get(10, TimeUnit.SECONDS).getOpId()).isEqualTo(1);
    }
  }

  private static Publication work(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Work", text));
  }

  private static void limit(SwarmClient client, String swarm, long perSecond, long burst) {
    client.setRateLimits(
        swarm,
        RateLimits.newBuilder()
            .addAgent(
                TopicRateLimit.newBuilder()
                    .setTopic(Topic.TOPIC_COMMANDS)
                    .setLimit(
                        RateLimit.newBuilder()
                            .setOperationsPerSecond(perSecond)
                            .setOperationsBurst(burst)))
            .build());
  }

  private static RateLimitFigures shouldKeepEverythingInOrder(
      SwarmlogServerExtension server, long perSecond, long burst, int count) throws Exception {
    List<PublisherState> told = new CopyOnWriteArrayList<>();
    PublisherListener listener =
        new PublisherListener() {
          @Override
          public void publisherChanged(PublisherState state) {
            told.add(state);
          }
        };
    try (SwarmClient client = SwarmClient.connect(server.target());
        SwarmPublisher publisher =
            SwarmPublisher.builder(server.target(), "s", "p").listener(listener).start()) {
      // given
      client.createSwarm("s");
      limit(client, "s", perSecond, burst);

      // when all is published at once
      List<CompletableFuture<Position>> acks = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        acks.add(publisher.publish(work(Integer.toString(i))));
      }

      // then
      for (int i = 1; i <= count; i++) {
        assertThat(acks.get(i - 1).get(50, TimeUnit.SECONDS).getOpId()).isEqualTo(i);
      }
      assertThat(told)
          .noneMatch(
              state ->
                  state.why().isPresent()
                      && state.why().get().reason() == ErrorReason.ERROR_REASON_BREAKER_OPEN);
      assertThat(texts(client))
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList());
      RateLimitFigures figures = client.getSwarm("s").getRateLimitFigures();
      if (figures.getRefusedCount() > 0) {
        assertThat(told.get(0).why().orElseThrow())
            .hasMessageStartingWith("RATE_LIMITED: ")
            .hasMessageContaining("publisher 'p'");
        assertThat(told.get(told.size() - 1).why()).isEmpty();
        assertThat((long) told.size()).isLessThan(figures.getRefusedCount());
      } else {
        assertThat(told).isEmpty();
      }
      assertThat(publisher.state(Log.LOG_MAIN).why()).isEmpty();
      return figures;
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
