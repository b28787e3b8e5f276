package dev.swarmlog.server.contract;

import static dev.swarmlog.server.contract.Requests.ephemeral;
import static dev.swarmlog.server.contract.Requests.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.Ack;
import dev.swarmlog.v1.ControlRequest;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.Delivery;
import dev.swarmlog.v1.Heartbeat;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.TailRequest;
import dev.swarmlog.v1.TailResponse;
import dev.swarmlog.v1.TelemetryBatch;
import dev.swarmlog.v1.TelemetryHello;
import dev.swarmlog.v1.TelemetryRequest;
import dev.swarmlog.v1.TelemetryResponse;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Lag by stage. Clocks move only when the test says so: what a stage takes is exact, and what the
 * others take is nothing.
 */
class LagTest {

  private static final String SWARM = "lagging";
  private static final long DELAY_NS = TimeUnit.MILLISECONDS.toNanos(250);

  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final AtomicLong monotonicNs = new AtomicLong(1);
  private final AtomicLong unixNs = new AtomicLong(1_700_000_000_000_000_000L);
  private Coordinator coordinator;
  private TestAgent agent;
  private TestLane lane;

  @BeforeEach
  void start() throws Exception {
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(reader).build())
            .build();
    TimeSource stepped =
        new TimeSource() {
          @Override
          public long unixNs() {
            return unixNs.get();
          }

          @Override
          public long monotonicNs() {
            return monotonicNs.get();
          }
        };
    coordinator =
        Coordinator.inMemory(surroundings -> surroundings.withOpenTelemetry(sdk).withTime(stepped));
    coordinator.publish(SWARM, event("before"));
    agent = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ant"));
    lane = agent.attachUnread(Log.LOG_MAIN);
    lane.call().request(2);
    lane.caughtUp();
    lane.acknowledge();
  }

  @AfterEach
  void stop() throws Exception {
    coordinator.close();
  }

  @Test
  void shouldShowADelayBetweenAppendAndAckInAck() {
    // given
    lane.call().request(1);
    coordinator.publish(SWARM, event("go"));
    lane.delivery();
    double before = sum("ack").orElse(0.0);

    // when
    advance(DELAY_NS);
    lane.acknowledge();

    // then
    await().until(() -> sum("ack").orElse(0.0) > before);
    assertThat(sum("ack").orElseThrow() - before).isCloseTo(0.25, within(0.025));
    assertThat(sum("deliver").orElse(0.0)).isCloseTo(0, within(0.001));
    assertThat(sum("append").orElseThrow()).isCloseTo(0, within(0.001));
  }

  @Test
  void shouldCorrectTheLagFromPublishToApplyByTheClocks() {
    // given the agent's clock is 10 s behind, the publisher's 5 s ahead
    beat(agent, 10_000_000_000L);
    TestAgent publisher = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "publisher"));
    beat(publisher, -5_000_000_000L);
    long nowNs = unixNs.get();
    PublishRecord sent =
        event("go").toBuilder().setPublishTimeUnixNano(nowNs + 5_000_000_000L).build();
    lane.call().request(1);
    coordinator.publish(SWARM, sent);
    Delivery delivery = lane.delivery();

    // when
    acknowledge(delivery, nowNs - 10_000_000_000L + DELAY_NS);

    // then
    await().until(() -> sum("apply").isPresent());
    assertThat(sum("apply").orElseThrow()).isCloseTo(0.25, within(1e-6));
    assertThat(histogram("swarmlog.lag.uncertainty").orElseThrow().getSum())
        .as("of both")
        .isCloseTo(0.004, within(1e-9));
  }

  @Test
  void shouldCountALagBelowZeroAndNotRecordIt() {
    // given
    beat(agent, 0);
    TestAgent publisher = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "publisher"));
    beat(publisher, 0);
    long nowNs = unixNs.get();
    lane.call().request(1);
    coordinator.publish(SWARM, event("go").toBuilder().setPublishTimeUnixNano(nowNs).build());
    Delivery delivery = lane.delivery();

    // when
    acknowledge(delivery, nowNs - 1);

    // then
    await().until(() -> metric("swarmlog.lag.negative").isPresent());
    assertThat(sum("apply")).isEmpty();
  }

  @Test
  void shouldCountAnApplyAfterItsAckAndNotRecordIt() {
    // given
    beat(agent, 0);
    beat(TestAgent.connect(coordinator, TestAgent.hello(SWARM, "publisher")), 0);

    // when
    applyAt(unixNs.get(), unixNs.get() + TimeUnit.DAYS.toNanos(365));

    // then
    await().until(() -> counted("swarmlog.lag.negative") == 1);
    assertThat(sum("apply")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    // Published, applied.
    "1, 0",
    "0, 9223372036854775807",
    "0, -1",
    "-1, 0",
    "9223372036854775807, 0"
  })
  void shouldNotRecordWhatCannotBe(long published, long applied) {
    // given 0 stands for now
    beat(agent, 0);
    beat(TestAgent.connect(coordinator, TestAgent.hello(SWARM, "publisher")), 0);

    // when
    applyAt(published == 0 ? unixNs.get() : published, applied == 0 ? unixNs.get() : applied);
    applyAt(unixNs.get(), unixNs.get());

    // then only what is right
    await().until(() -> sum("apply").isPresent());
    assertThat(sum("apply").orElseThrow()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "9223372036854775807, 0",
    "-9223372036854775808, 0",
    "0, 9223372036854775807",
    "0, -1",
    "3200000000000000000, 0"
  })
  void shouldTakeAClockThatCannotBeAsNotKnown(long offsetNs, long uncertaintyNs) {
    // given
    beat(TestAgent.connect(coordinator, TestAgent.hello(SWARM, "publisher")), 0);
    agent
        .control()
        .send(
            ControlRequest.newBuilder()
                .setHeartbeat(
                    Heartbeat.newBuilder()
                        .setClockOffsetNano(offsetNs)
                        .setClockUncertaintyNano(uncertaintyNs))
                .build());
    agent.control().next();

    // when
    applyAt(unixNs.get(), unixNs.get());

    // then
    await().until(() -> counted("swarmlog.lag.uncorrected") == 1);
    assertThat(histogram("swarmlog.lag.uncertainty")).isEmpty();
  }

  @Test
  void shouldNotLetOneAgentMakeACounterOverflow() {
    // when
    for (int i = 0; i < 3; i++) {
      beat(agent, Long.MAX_VALUE, -1);
      beat(agent, 0, Long.MAX_VALUE);
      beat(agent, -1, 0);
    }

    // then
    assertThat(counted("swarmlog.agent.duplicates")).isBetween(1L, 9_000_000L);
    assertThat(counted("swarmlog.agent.out_of_order")).isBetween(1L, 9_000_000L);
  }

  private void applyAt(long publishedUnixNs, long appliedUnixNs) {
    lane.call().request(1);
    coordinator.publish(
        SWARM, event("go").toBuilder().setPublishTimeUnixNano(publishedUnixNs).build());
    acknowledge(lane.delivery(), appliedUnixNs);
  }

  @Test
  void shouldMeasureTelemetryUntilItIsHandedToAnAgent() {
    // given an agent, and a person who looks on
    TestLane beats =
        TestAgent.connect(
                coordinator,
                TestAgent.hello(SWARM, "bee").setView(Requests.view(Topic.TOPIC_TELEMETRY)))
            .attach(Log.LOG_TELEMETRY);
    await()
        .until(
            () ->
                coordinator.agents(SWARM).stream()
                    .anyMatch(one -> one.getAgent().equals("bee") && one.getLanesCount() == 1));
    StreamCall<TailRequest, TailResponse> tail =
        coordinator.tail(
            TailRequest.newBuilder()
                .setSwarm(SWARM)
                .setLog(Log.LOG_TELEMETRY)
                .setLastOperations(1)
                .build());
    StreamCall<TelemetryRequest, TelemetryResponse> publisher = coordinator.telemetry();
    publisher.send(
        TelemetryRequest.newBuilder()
            .setHello(TelemetryHello.newBuilder().setSwarm(SWARM).setPublisher("publisher"))
            .build());
    publisher.next();

    // when
    publisher.send(
        TelemetryRequest.newBuilder()
            .setBatch(TelemetryBatch.newBuilder().addRecords(ephemeral(Requests.ALL, "beat")))
            .build());
    publisher.next();
    assertThat(beats.call().next().getTelemetry().getOperationsCount()).isEqualTo(1);
    assertThat(tail.next().getTelemetry().getOperationsCount()).isEqualTo(1);

    // then
    assertThat(points("telemetry"))
        .extracting(point -> text(point, "swarmlog.stage"))
        .containsExactlyInAnyOrder("append", "deliver");
    assertThat(points("telemetry"))
        .allSatisfy(
            point -> {
              assertThat(point.getCount()).isEqualTo(1);
              assertThat(point.getSum()).isZero();
            });
    tail.cancel();
  }

  @Test
  void shouldAddWhatAnAgentCountsOnlyOnce() {
    // given
    beat(agent, 3, 1);
    beat(agent, 5, 1);

    // when it comes back, and goes on counting
    agent.control().cancel();
    TestAgent back = TestAgent.connect(coordinator, TestAgent.hello(SWARM, "ant"));
    beat(back, 6, 2);

    // then
    assertThat(counted("swarmlog.agent.duplicates")).isEqualTo(6);
    assertThat(counted("swarmlog.agent.out_of_order")).isEqualTo(2);
  }

  private static void beat(TestAgent beating, long duplicates, long outOfOrder) {
    beating
        .control()
        .send(
            ControlRequest.newBuilder()
                .setHeartbeat(
                    Heartbeat.newBuilder()
                        .setIgnoredDuplicates(duplicates)
                        .setOutOfOrder(outOfOrder))
                .build());
    beating.control().next();
  }

  private long counted(String name) {
    return metric(name)
        .map(metric -> metric.getLongSumData().getPoints().iterator().next().getValue())
        .orElse(0L);
  }

  private void advance(long ns) {
    monotonicNs.addAndGet(ns);
    unixNs.addAndGet(ns);
  }

  private static void beat(TestAgent beating, long offsetNs) {
    beating
        .control()
        .send(
            ControlRequest.newBuilder()
                .setHeartbeat(
                    Heartbeat.newBuilder()
                        .setNumber(1)
                        .setClockOffsetNano(offsetNs)
                        .setClockUncertaintyNano(2_000_000))
                .build());
    beating.control().next();
  }

  private void acknowledge(Delivery delivery, long appliedUnixNs) {
    lane.call()
        .send(
            DataRequest.newBuilder()
                .setAck(
                    Ack.newBuilder().setApplied(delivery.getTo()).setAppliedUnixNano(appliedUnixNs))
                .build());
  }

  /** In seconds, of all samples of a stage on commands. */
  private Optional<Double> sum(String stage) {
    return points("commands").stream()
        .filter(point -> stage.equals(text(point, "swarmlog.stage")))
        .map(HistogramPointData::getSum)
        .findFirst();
  }

  /** Of each stage of a topic. */
  private List<HistogramPointData> points(String topic) {
    return metric("swarmlog.lag").stream()
        .flatMap(lag -> lag.getHistogramData().getPoints().stream())
        .filter(point -> topic.equals(text(point, "swarmlog.topic")))
        .toList();
  }

  private Optional<HistogramPointData> histogram(String name) {
    return metric(name).map(metric -> metric.getHistogramData().getPoints().iterator().next());
  }

  private Optional<MetricData> metric(String name) {
    return reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst();
  }

  private static String text(HistogramPointData point, String key) {
    return point.getAttributes().get(AttributeKey.stringKey(key));
  }
}
