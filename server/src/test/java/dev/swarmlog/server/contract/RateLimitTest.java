package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ALL;
import static dev.swarmlog.server.contract.Requests.ephemeral;
import static dev.swarmlog.server.contract.Requests.event;
import static dev.swarmlog.server.contract.Requests.frame;
import static dev.swarmlog.server.contract.Requests.group;
import static dev.swarmlog.server.contract.Requests.producer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Any;
import com.google.rpc.QuotaFailure;
import com.google.rpc.RetryInfo;
import dev.swarmlog.v1.ErrorReason;
import dev.swarmlog.v1.PublishRequest;
import dev.swarmlog.v1.PublishResponse;
import dev.swarmlog.v1.PublishServiceGrpc;
import dev.swarmlog.v1.PublishStreamRequest;
import dev.swarmlog.v1.PublishStreamResponse;
import dev.swarmlog.v1.RateLimit;
import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import dev.swarmlog.v1.SetRateLimitsRequest;
import dev.swarmlog.v1.TelemetryAck;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryOutcome;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import dev.swarmlog.v1.TopicRateLimit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What publishers feel of rate limits. */
class RateLimitTest {

  private static final Duration PATIENCE = Duration.ofSeconds(StreamCall.PATIENCE_SECONDS);

  private static Coordinator patient;
  private static Coordinator impatient;

  @BeforeAll
  static void start() throws Exception {
    patient = Coordinator.inMemory(Coordinator.limits("ratePatience", Duration.ofMinutes(2)));
    impatient = Coordinator.inMemory(Coordinator.limits("ratePatience", Duration.ofMillis(300)));
  }

  @AfterAll
  static void stop() throws Exception {
    patient.close();
    impatient.close();
  }

  @Test
  void shouldSlowAStreamDownAndRefuseNothing() {
    // given
    limit(patient, "slow", agent(Topic.TOPIC_COMMANDS, 50, 10));
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = open(patient, "slow");
    long beganNs = System.nanoTime();

    // when
    for (int number = 1; number <= 40; number++) {
      call.send(frame(group(number, event("e" + number))));
    }

    // then
    for (int number = 1; number <= 40; number++) {
      assertThat(call.next().getAck().getFirstOpId()).isEqualTo(number);
    }
    assertThat(System.nanoTime() - beganNs)
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos((40 - 10) * 1_000 / 50));
    RateLimitFigures figures = patient.swarm("slow").getRateLimitFigures();
    assertThat(figures.getRefusedCount()).isZero();
    assertThat(figures.getWaitingCount()).isZero();
    assertThat(figures.getWaitedCount()).isPositive();
    assertThat(figures.getWaitedTotalMs()).isGreaterThanOrEqualTo(figures.getWaitedLongestMs());
    assertThat(figures.getWaitedLongestMs()).isLessThan(5_000);
  }

  @Test
  void shouldRefuseBeyondPatienceAndKeepTheOrder() throws Exception {
    // given
    limit(impatient, "refused", agent(Topic.TOPIC_UNSPECIFIED, 1, 1));
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = open(impatient, "refused");

    // when
    for (int number = 1; number <= 3; number++) {
      call.send(frame(group(number, event("e" + number))));
    }

    // then
    assertThat(call.next().getAck().getFirstOpId()).isEqualTo(1);
    com.google.rpc.Status status = call.next().getRefusal().getStatus();
    Failure failure =
        Failure.of(status)
            .is(
                ErrorReason.ERROR_REASON_RATE_LIMITED,
                "at most 1 operations per second (burst 1)",
                "publisher 'publisher' in topic commands of swarm 'refused'",
                "this waited for 0.3");
    assertThat(failure.metadata())
        .containsEntry("scope", "agent")
        .containsEntry("agent", "publisher")
        .containsEntry("topic", "commands")
        .containsEntry("measure", "operations")
        .containsEntry("per_second", "1");
    com.google.protobuf.Duration retry = detail(status, RetryInfo.class).getRetryDelay();
    assertThat(retry.getSeconds() * 1_000 + retry.getNanos() / 1_000_000).isBetween(10L, 1_000L);
    assertThat(detail(status, QuotaFailure.class).getViolations(0).getSubject())
        .isEqualTo("swarm:refused/agent:publisher/topic:commands/operations");
    Failure behind =
        Failure.of(call.next().getRefusal().getStatus())
            .is(ErrorReason.ERROR_REASON_OUT_OF_SEQUENCE);
    assertThat(behind.metadata()).containsEntry("expected_number", "2");
    assertThat(impatient.swarm("refused").getRateLimitFigures().getRefusedCount()).isEqualTo(1);

    // and when it comes again until there is room
    PublishStreamResponse answer;
    do {
      call.send(frame(group(2, event("e2"))));
      answer = call.next();
    } while (answer.hasRefusal());

    // then
    assertThat(answer.getAck().getFirstOpId()).isEqualTo(2);
  }

  @Test
  void shouldRefuseAGroupThatCanNeverPass() {
    // given
    limit(patient, "large", agent(Topic.TOPIC_COMMANDS, 2, 2));
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = open(patient, "large");

    // when
    call.send(frame(group(1, event("a"), event("b"), event("c"))));

    // then
    Failure.of(call.next().getRefusal().getStatus())
        .is(
            ErrorReason.ERROR_REASON_PAYLOAD_TOO_LARGE,
            "at most 2 operations at once",
            "burst of the rate limit of publisher 'publisher' in topic commands",
            "but got 3");
    call.send(frame(group(1, event("a"), event("b"))));
    assertThat(call.next().getAck().getFirstOpId()).isEqualTo(1);
  }

  @Test
  void shouldLetASinglePublishWaitAndForgetItWhenItIsCancelled() throws Exception {
    // given
    RateLimits.Builder slow = swarm(RateLimit.newBuilder().setOperationsPerSecond(1));
    limit(patient, "single", slow);
    patient.publish("single", event("takes the only token"));

    // when
    ListenableFuture<PublishResponse> waiting = publishLater(patient, "single");
    await().atMost(PATIENCE).until(() -> waiting(patient, "single") == 1);
    ListenableFuture<PublishResponse> leaving = publishLater(patient, "single");
    await().atMost(PATIENCE).until(() -> waiting(patient, "single") >= 1 && !leaving.isDone());
    leaving.cancel(true);

    // then
    assertThat(waiting.get(10, TimeUnit.SECONDS).getAck().getFirstOpId()).isEqualTo(2);
    await().atMost(PATIENCE).until(() -> waiting(patient, "single") == 0);
    assertThat(patient.swarm("single").getSwarm().getMainHead().getOpId()).isEqualTo(2);
  }

  @Test
  void shouldShedTelemetryBeyondPatienceWithItsCount() {
    // given
    limit(impatient, "shed", agent(Topic.TOPIC_TELEMETRY, 10, 4));
    StreamCall<TelemetryRequest, TelemetryResponse> call = impatient.telemetry();
    call.send(
        TelemetryRequest.newBuilder()
            .setHello(TelemetryHello.newBuilder().setSwarm("shed").setPublisher("a"))
            .build());
    assertThat(call.next().hasWelcome()).isTrue();

    // when a batch comes that is larger than the burst
    call.send(batch(1, 8));
    TelemetryAck first = call.next().getAck();
    call.send(batch(2, 4));
    TelemetryAck second = call.next().getAck();

    // then what passes in time is taken, and the rest is counted
    assertThat(first.getOutcome()).isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_SHED);
    assertThat(first.getShedCount()).isEqualTo(4);
    assertThat(first.getLastSequence()).isPositive();
    Failure.of(first.getStatus())
        .is(ErrorReason.ERROR_REASON_RATE_LIMITED, "publisher 'a' in topic telemetry");
    assertThat(second.getLastSequence() == 0 || second.getShedCount() == 0).isTrue();
    assertThat(impatient.swarm("shed").getRateLimitFigures().getShedCount())
        .isEqualTo(first.getShedCount() + second.getShedCount());
  }

  @Test
  void shouldTakeABatchLargerThanTheBurstByParts() {
    // given
    limit(patient, "parts", agent(Topic.TOPIC_TELEMETRY, 40, 4));
    StreamCall<TelemetryRequest, TelemetryResponse> call = patient.telemetry();
    call.send(
        TelemetryRequest.newBuilder()
            .setHello(TelemetryHello.newBuilder().setSwarm("parts").setPublisher("a"))
            .build());
    call.next();

    // when
    call.send(batch(1, 21));

    // then
    TelemetryAck ack = call.next().getAck();
    assertThat(ack.getOutcome()).isEqualTo(TelemetryOutcome.TELEMETRY_OUTCOME_ACCEPTED);
    assertThat(ack.getShedCount()).isZero();
  }

  @Test
  void shouldAskAgainWhatWaitsWhenTheLimitsChange() {
    // given a group that would wait for a minute
    limit(patient, "raised", swarm(bytes(1_024).setBytesBurst(100_000)));
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = open(patient, "raised");
    call.send(frame(group(1, event("x".repeat(90_000)))));
    call.send(frame(group(2, event("x".repeat(90_000)))));
    assertThat(call.next().hasAck()).isTrue();
    await().atMost(PATIENCE).until(() -> waiting(patient, "raised") == 1);
    assertThat(patient.swarm("raised").getRateLimitFigures().getWaitingPublishers(0).getLimit())
        .isEqualTo("bytes of all publishers, 1,024 per second");

    // when
    set(patient, "raised", RateLimits.newBuilder());

    // then
    assertThat(call.next().getAck().getFirstOpId()).isEqualTo(2);
    assertThat(patient.swarm("raised").getSwarm().hasRateLimits()).isFalse();
  }

  @Test
  void shouldLimitNeitherControlNorAnotherSwarm() {
    // given a swarm whose limit is used up
    limit(impatient, "full", swarm(RateLimit.newBuilder().setOperationsPerSecond(1)));
    impatient.publish("full", event("takes the only token"));

    // when
    for (int i = 0; i < 20; i++) {
      impatient.publish("full", event(Topic.TOPIC_CONTROL, ALL, "control " + i));
      impatient.publish("free", event("event " + i));
    }

    // then
    assertThat(impatient.swarm("full").getSwarm().getControlHead().getOpId()).isEqualTo(20);
    assertThat(impatient.swarm("free").getRateLimitFigures())
        .isEqualTo(RateLimitFigures.getDefaultInstance());
  }

  @Test
  void shouldLimitControlWhereItIsNamed() {
    // given
    limit(impatient, "named", agent(Topic.TOPIC_CONTROL, 1, 1));
    impatient.publish("named", event(Topic.TOPIC_CONTROL, ALL, "first"));

    // then
    Failure.of(() -> impatient.publish("named", event(Topic.TOPIC_CONTROL, ALL, "second")))
        .is(ErrorReason.ERROR_REASON_RATE_LIMITED, "in topic control");
  }

  @Test
  void shouldRefuseLimitsThatCannotBe() {
    // given
    patient.publish("checked", event("there"));

    // then
    refused(swarm(ops(0)), "from 1 to 1000000000, but got 0");
    refused(swarm(ops(-1)), "but got 18446744073709551615");
    refused(swarm(ops(1_000_000_001L)), "but got 1000000001");
    refused(swarm(bytes(1_023)), "swarm: bytes_per_second", "from 1024 to 1000000000000");
    refused(swarm(ops(1_000).setOperationsBurst(99)), "a tenth of a second's worth, 100");
    refused(swarm(RateLimit.newBuilder().setBytesBurst(2_000)), "bytes_per_second beside");
    refused(
        agent(Topic.TOPIC_ALERTS, 5, 5).mergeFrom(agent(Topic.TOPIC_ALERTS, 6, 6).build()),
        "several for TOPIC_ALERTS");
    refused(
        RateLimits.newBuilder().addAgent(TopicRateLimit.newBuilder().setTopicValue(77)),
        "number 77");
    Failure.of(() -> set(patient, "nowhere", swarm(ops(5))))
        .is(ErrorReason.ERROR_REASON_SWARM_NOT_FOUND);
    Failure.of(() -> set(patient, "", swarm(ops(5))))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, "swarm");
    assertThat(patient.swarm("checked").getSwarm().hasRateLimits()).isFalse();
  }

  @Test
  void shouldKeepLimitsOverARestartAndEndWhoWaits(@TempDir Path directory) throws Exception {
    try (Coordinator coordinator = Coordinator.on(directory)) {
      // given
      RateLimits.Builder limits = swarm(ops(1));
      limit(coordinator, "kept", limits);
      StreamCall<PublishStreamRequest, PublishStreamResponse> call = open(coordinator, "kept");
      call.send(frame(group(1, event("a"))));
      call.send(frame(group(2, event("b"))));
      assertThat(call.next().hasAck()).isTrue();
      await().atMost(PATIENCE).until(() -> waiting(coordinator, "kept") == 1);

      // when
      coordinator.server().close();

      // then
      Failure.of(call.next().getRefusal().getStatus())
          .says(ErrorReason.ERROR_REASON_SHUTTING_DOWN, "The coordinator is shutting down.");
      coordinator.restart();
      assertThat(coordinator.swarm("kept").getSwarm().getRateLimits()).isEqualTo(limits.build());
    }
  }

  private static void refused(RateLimits.Builder limits, String... parts) {
    Failure.of(() -> set(patient, "checked", limits))
        .is(ErrorReason.ERROR_REASON_INVALID_ARGUMENT, parts);
  }

  private static RateLimit.Builder ops(long perSecond) {
    return RateLimit.newBuilder().setOperationsPerSecond(perSecond);
  }

  private static RateLimit.Builder bytes(long perSecond) {
    return RateLimit.newBuilder().setBytesPerSecond(perSecond);
  }

  private static RateLimits.Builder swarm(RateLimit.Builder limit) {
    return RateLimits.newBuilder().setSwarm(limit);
  }

  private static RateLimits.Builder agent(Topic topic, long perSecond, long burst) {
    return RateLimits.newBuilder()
        .addAgent(
            TopicRateLimit.newBuilder()
                .setTopic(topic)
                .setLimit(ops(perSecond).setOperationsBurst(burst)));
  }

  private static RateLimits set(Coordinator coordinator, String swarm, RateLimits.Builder limits) {
    return coordinator
        .administration()
        .setRateLimits(
            SetRateLimitsRequest.newBuilder().setSwarm(swarm).setRateLimits(limits).build())
        .getRateLimits();
  }

  /** Of a swarm that is created for it. */
  private static void limit(Coordinator coordinator, String swarm, RateLimits.Builder limits) {
    StreamCall<PublishStreamRequest, PublishStreamResponse> creating = open(coordinator, swarm);
    assertThat(set(coordinator, swarm, limits)).isEqualTo(limits.build());
    creating.cancel();
  }

  private static StreamCall<PublishStreamRequest, PublishStreamResponse> open(
      Coordinator coordinator, String swarm) {
    StreamCall<PublishStreamRequest, PublishStreamResponse> call = coordinator.publishStream();
    call.send(producer(swarm, "p", 0));
    assertThat(call.next().hasWelcome()).isTrue();
    return call;
  }

  private static TelemetryRequest batch(long number, int records) {
    List<dev.swarmlog.v1.PublishRecord> all = new ArrayList<>();
    IntStream.range(0, records).forEach(i -> all.add(ephemeral(ALL, "t" + i)));
    return TelemetryRequest.newBuilder()
        .setBatch(TelemetryBatch.newBuilder().setNumber(number).addAllRecords(all))
        .build();
  }

  private static ListenableFuture<PublishResponse> publishLater(
      Coordinator coordinator, String swarm) {
    return PublishServiceGrpc.newFutureStub(coordinator.channel())
        .publish(
            PublishRequest.newBuilder()
                .setSwarm(swarm)
                .setPublisher("publisher")
                .setGroup(group(0, event("later")))
                .build());
  }

  private static int waiting(Coordinator coordinator, String swarm) {
    return coordinator.swarm(swarm).getRateLimitFigures().getWaitingCount();
  }

  private static <T extends com.google.protobuf.Message> T detail(
      com.google.rpc.Status status, Class<T> type) throws Exception {
    for (Any detail : status.getDetailsList()) {
      if (detail.is(type)) {
        return detail.unpack(type);
      }
    }
    throw new AssertionError("Expected a " + type.getSimpleName() + " in " + status);
  }
}
