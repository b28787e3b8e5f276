package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.swarmlog.testing.SwarmlogServerExtension;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.NackReply;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a publisher does, and says, when a real coordinator takes nothing. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealBreakerTest {
  @RegisterExtension
  static final SwarmlogServerExtension SERVER =
      SwarmlogServerExtension.onDisk().with("breaker-wait", "500ms");

  private final BlockingQueue<PublisherState> told = new LinkedBlockingQueue<>();

  private final PublisherListener listener =
      new PublisherListener() {
        @Override
        public void publisherChanged(PublisherState state) {
          told.add(state);
        }
      };

  @Test
  void shouldWaitWithAFullQueueUntilTheCoordinatorIsThere() throws Exception {
    // given
    SERVER.stop();
    try (SwarmPublisher publisher =
        SwarmPublisher.builder(SERVER.target(), "away", "p")
            .maxQueued(3, 1 << 20)
            .listener(listener)
            .start()) {
      assertThat(publisher.state(Log.LOG_MAIN).breaker()).isEqualTo(PublisherState.Breaker.CLOSED);

      // when
      List<CompletableFuture<Position>> acks = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        acks.add(publisher.publish(work("queued")));
      }
      Instant before = Instant.now();
      PublisherState open = next();

      // then
      assertThat(open.breaker()).isEqualTo(PublisherState.Breaker.OPEN);
      assertThat(open.log()).isEqualTo(Log.LOG_MAIN);
      assertThat(open.why().orElseThrow().code()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(open.until().orElseThrow()).isAfter(before);
      assertThat(open.queuedGroups()).isEqualTo(3);
      assertThat(open.queuedBytes()).isPositive();
      assertThat(publisher.state(Log.LOG_CONTROL).breaker())
          .isEqualTo(PublisherState.Breaker.CLOSED);
      assertThatThrownBy(() -> publisher.publish(work("too much")).get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(QueueFullException.class);

      // when
      SERVER.start();

      // then
      for (int i = 1; i <= 3; i++) {
        assertThat(acks.get(i - 1).get(50, TimeUnit.SECONDS).getOpId()).isEqualTo(i);
      }
      PublisherState last = next();
      assertThat(last.breaker()).isEqualTo(PublisherState.Breaker.HALF_OPEN);
      while (last.breaker() != PublisherState.Breaker.CLOSED) {
        last = next();
      }
      assertThat(last.why()).isEmpty();
      assertThat(last.until()).isEmpty();
      assertThat(publisher.state(Log.LOG_MAIN))
          .isEqualTo(
              new PublisherState(
                  Log.LOG_MAIN,
                  PublisherState.Breaker.CLOSED,
                  last.why(),
                  last.until(),
                  0,
                  0,
                  Duration.ZERO));
    }
  }

  @Test
  void shouldTellTheListenerOfTheAgentHowItsPublisherFares() throws Exception {
    // given
    SERVER.stop();
    AgentListener ofTheAgent =
        new AgentListener() {
          @Override
          public void publisherChanged(PublisherState state) {
            told.add(state);
          }
        };
    try (SwarmAgent agent =
        SwarmAgent.builder(SERVER.target(), "away-too", "a")
            .on(Topic.TOPIC_COMMANDS, operation -> {})
            .listener(ofTheAgent)
            .start()) {
      // when
      CompletableFuture<Position> ack = agent.publisher().publish(work("queued"));
      // then
      assertThat(next().breaker()).isEqualTo(PublisherState.Breaker.OPEN);
      SERVER.start();
      assertThat(ack.get(50, TimeUnit.SECONDS).getOpId()).isEqualTo(1);
    }
  }

  @Test
  void shouldStayAwayAsLongAsItIsNotServed() throws Exception {
    try (SwarmClient client = SwarmClient.connect(SERVER.target());
        SwarmPublisher publisher =
            SwarmPublisher.builder(SERVER.target(), "served", "p").listener(listener).start()) {
      // given what is refused too often
      client.createSwarm("served");
      limitToOneAtATime(client);
      List<CompletableFuture<GroupPosition>> refused = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        refused.add(publisher.publishGroup(Collections.nCopies(2, work("too large"))));
        assertThatThrownBy(() -> refused.get(refused.size() - 1).get(10, TimeUnit.SECONDS))
            .hasCauseInstanceOf(TerminalException.class);
      }
      assertThat(told).isEmpty();

      // when
      CompletableFuture<Position> good = publisher.publish(work("good"));

      // then
      PublisherState open = next();
      assertThat(open.breaker()).isEqualTo(PublisherState.Breaker.OPEN);
      assertThat(open.why().orElseThrow().reason())
          .isEqualTo(ErrorReason.ERROR_REASON_BREAKER_OPEN);
      assertThat(open.until()).isPresent();
      assertThat(next().breaker()).isEqualTo(PublisherState.Breaker.HALF_OPEN);
      assertThat(good.get(50, TimeUnit.SECONDS).getOpId()).isPositive();
      assertThat(next().breaker()).isEqualTo(PublisherState.Breaker.CLOSED);
    }
  }

  @Test
  void shouldBeServedWhereItRefusesEveryThirdOperationOfABatch() throws Exception {
    try (SwarmPublisher planner =
            SwarmPublisher.builder(SERVER.target(), "thirds", "planner").start();
        SwarmClient client = SwarmClient.connect(SERVER.target())) {
      // given
      for (int i = 1; i <= 90; i++) {
        planner.publish(work(Integer.toString(i))).get(10, TimeUnit.SECONDS);
      }
      AtomicInteger applied = new AtomicInteger();
      List<NackReply> replies = new CopyOnWriteArrayList<>();

      // when an agent gets all of it at once
      try (SwarmAgent agent =
          SwarmAgent.builder(SERVER.target(), "thirds", "a")
              .on(
                  Topic.TOPIC_COMMANDS,
                  operation -> {
                    if (Integer.parseInt(operation.getPayload().getData().toStringUtf8()) % 3
                        == 0) {
                      throw new IOException("every third");
                    }
                    applied.incrementAndGet();
                  })
              .onHandlerFailure((operations, failure, tried) -> HandlerFailurePolicy.Decision.PARK)
              .listener(
                  new AgentListener() {
                    @Override
                    public void nackAnswered(NackReply reply) {
                      replies.add(reply);
                    }
                  })
              .start()) {
        agent.awaitCaughtUp(Duration.ofSeconds(50));
      }

      // then
      assertThat(applied).hasValue(60);
      assertThat(replies).hasSize(30);
      assertThat(client.listAgents("thirds").getBreakersList()).isEmpty();
    }
  }

  @Test
  void shouldAppendEverythingBetweenGroupsThatAreTooLarge() throws Exception {
    try (SwarmClient client = SwarmClient.connect(SERVER.target());
        SwarmPublisher publisher =
            SwarmPublisher.builder(SERVER.target(), "tenths", "p").listener(listener).start()) {
      // given
      client.createSwarm("tenths");
      client.setRateLimits(
          "tenths",
          RateLimits.newBuilder()
              .setSwarm(RateLimit.newBuilder().setBytesPerSecond(1_000_000).setBytesBurst(100_000))
              .build());

      // when every tenth of them could never pass
      List<CompletableFuture<Position>> acks = new ArrayList<>();
      for (int i = 1; i <= 400; i++) {
        acks.add(publisher.publish(work(i % 10 == 0 ? "x".repeat(100_000) : "good")));
      }

      // then
      for (int i = 1; i <= 400; i++) {
        CompletableFuture<Position> ack = acks.get(i - 1);
        if (i % 10 == 0) {
          assertThatThrownBy(() -> ack.get(30, TimeUnit.SECONDS))
              .hasMessageContaining("PAYLOAD_TOO_LARGE");
        } else {
          assertThat(ack.get(30, TimeUnit.SECONDS).getOpId()).isEqualTo(i - i / 10);
        }
      }
      assertThat(client.listAgents("tenths").getBreakersList()).isEmpty();
      assertThat(told).isEmpty();
    }
  }

  private PublisherState next() throws InterruptedException {
    return ScriptedCoordinator.taken(told.poll(50, TimeUnit.SECONDS), "change of the publisher");
  }

  private static void limitToOneAtATime(SwarmClient client) {
    client.setRateLimits(
        "served",
        RateLimits.newBuilder()
            .addAgent(
                TopicRateLimit.newBuilder()
                    .setTopic(Topic.TOPIC_COMMANDS)
                    .setLimit(
                        RateLimit.newBuilder().setOperationsPerSecond(10).setOperationsBurst(1)))
            .build());
  }

  private static Publication work(String text) {
    return Publication.event(Topic.TOPIC_COMMANDS, Targets.all(), Payloads.text("test.Work", text));
  }
}
