package dev.swarmlog.server.path.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.server.DiskSpace;
import dev.swarmlog.server.Instruments;
import dev.swarmlog.server.Limits;
import dev.swarmlog.server.Threads;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.storage.View;
import dev.swarmlog.storage.memory.InMemoryTelemetryLog;
import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.OperationClass;
import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.TelemetryDelivery;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lag of telemetry by stage, on a clock that moves only when the test says so. */
class TelemetryLagTest {

  private static final String SWARM = "swarm";
  private static final long DELAY_NS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final PublishRecord RECORD =
      PublishRecord.newBuilder()
          .setTopic(Topic.TOPIC_TELEMETRY)
          .setTarget(Target.newBuilder().setAll(AllAgents.getDefaultInstance()))
          .setOperationClass(OperationClass.OPERATION_CLASS_EPHEMERAL)
          .build();

  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final AtomicLong nowNs = new AtomicLong(1);
  private final StoredBatches batches = new StoredBatches();
  private final ConcurrentLinkedQueue<Runnable> steps = new ConcurrentLinkedQueue<>();
  private final List<TelemetryDelivery> handedOut = new ArrayList<>();
  private boolean reads = true;
  private Telemetry telemetry;

  @BeforeEach
  void open() throws Exception {
    TimeSource stepped =
        new TimeSource() {
          @Override
          public long unixNs() {
            return nowNs.get();
          }

          @Override
          public long monotonicNs() {
            return nowNs.get();
          }
        };
    OpenTelemetrySdk sdk =
        OpenTelemetrySdk.builder()
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(reader).build())
            .build();
    telemetry =
        new Telemetry(
            InMemoryTelemetryLog.create(),
            Limits.defaults(),
            Instruments.of(sdk, stepped),
            DiskSpace.endless(),
            (exitCode, message, cause) -> {
              throw new AssertionError(message, cause);
            },
            Threads.system(),
            ServerConfiguration.load(Optional.empty(), Map.of(), Map.of("in-memory", "true")));
  }

  @AfterEach
  void stop() throws Exception {
    telemetry.stop();
  }

  @Test
  void shouldShowAWaitForTheWriterInAppend() {
    // given
    telemetry.subscribe(SWARM, View.everything(), steps::add, () -> reads, handedOut::add);
    publish(1);

    // when
    nowNs.addAndGet(DELAY_NS);
    telemetry.start();
    awaitStored(1);
    runSteps();

    // then
    assertThat(handedOut).hasSize(1);
    assertSamples("append", 1, 0.25);
    assertSamples("deliver", 1, 0);
  }

  @Test
  void shouldShowAReaderThatDoesNotReadInDeliverOncePerFrameByTheOldest() {
    // given
    TelemetrySubscription agent =
        telemetry.subscribe(SWARM, View.everything(), steps::add, () -> reads, handedOut::add);
    telemetry.start();
    reads = false;
    publish(3);
    awaitStored(1);
    runSteps();
    assertThat(handedOut).isEmpty();

    // when
    nowNs.addAndGet(DELAY_NS);
    publish(3);
    awaitStored(2);
    reads = true;
    agent.wake();
    runSteps();

    // then
    assertThat(handedOut).hasSize(1);
    assertThat(handedOut.get(0).getOperationsCount()).isEqualTo(6);
    assertSamples("append", 2, 0);
    assertSamples("deliver", 1, 0.25);
  }

  @Test
  void shouldMeasureAgentsAndNobodyWhoOnlyLooksOn() {
    // given
    telemetry.observe(SWARM, View.everything(), steps::add, () -> reads, handedOut::add);
    telemetry.start();

    // when
    publish(1);
    awaitStored(1);
    runSteps();

    // then
    assertThat(handedOut).hasSize(1);
    assertSamples("append", 1, 0);
    assertThat(samples("deliver")).isEmpty();
  }

  private void publish(int records) {
    boolean taken =
        telemetry.offer(
            new Telemetry.Batch(
                SWARM,
                "publisher",
                Collections.nCopies(records, RECORD),
                100,
                nowNs.get(),
                batches));
    assertThat(taken).isTrue();
  }

  private void awaitStored(int batches) {
    await().until(() -> this.batches.stored.get() == batches);
  }

  private void runSteps() {
    for (Runnable step = steps.poll(); step != null; step = steps.poll()) {
      step.run();
    }
  }

  private void assertSamples(String stage, int count, double seconds) {
    HistogramPointData samples = samples(stage).orElseThrow();
    assertThat(samples.getCount()).as(stage).isEqualTo(count);
    assertThat(samples.getSum()).as(stage).isCloseTo(seconds, within(1e-9));
  }

  private Optional<HistogramPointData> samples(String stage) {
    return reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals("swarmlog.lag"))
        .flatMap(metric -> metric.getHistogramData().getPoints().stream())
        .filter(point -> "telemetry".equals(text(point, "swarmlog.topic")))
        .filter(point -> stage.equals(text(point, "swarmlog.stage")))
        .findFirst();
  }

  private static String text(HistogramPointData point, String key) {
    return point.getAttributes().get(AttributeKey.stringKey(key));
  }
}
