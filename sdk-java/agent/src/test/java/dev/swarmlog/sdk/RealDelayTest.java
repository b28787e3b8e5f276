package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.swarmlog.server.Surroundings;
import dev.swarmlog.server.SwarmlogServer;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.server.configuration.ServerConfiguration;
import dev.swarmlog.v1.DataRequest;
import dev.swarmlog.v1.Topic;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A delay at one place on the way of a command, and where it can be read afterwards: in which
 * stages of {@code swarmlog.lag}, and in which spans. One clock is that of everybody, and stands
 * still but for that delay.
 *
 * <p>{@code ack} counts from when the command was logged, and {@code apply} from when it was sent:
 * both show what lies within, too.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RealDelayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final long DELAY_NS = TimeUnit.MILLISECONDS.toNanos(250);

  /** How much of the delay a figure may be off. */
  private static final double TOLERANCE = 0.1;

  private static final int PAYLOAD_CHARS = 10_000;
  private static final Runnable NOTHING = () -> {};

  private final SteppedClock clock = new SteppedClock();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  private final OpenTelemetrySdk sdk =
      OpenTelemetrySdk.builder()
          .setTracerProvider(
              SdkTracerProvider.builder()
                  .setClock(clock)
                  .addSpanProcessor(new CommitBegins())
                  .addSpanProcessor(SimpleSpanProcessor.create(spans))
                  .build())
          .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
          .build();

  // What happens at these places, once.
  private final AtomicReference<Runnable> atCommit = new AtomicReference<>(NOTHING);
  private final AtomicReference<Runnable> atAlert = new AtomicReference<>(NOTHING);
  private final AtomicReference<Runnable> atCommand = new AtomicReference<>(NOTHING);
  private final AtomicReference<Runnable> atAck = new AtomicReference<>(NOTHING);

  private SwarmlogServer server;
  private ManagedChannel channel;
  private SwarmConnection connection;
  private SwarmAgent agent;
  private SwarmPublisher publisher;

  @BeforeEach
  void start() throws Exception {
    server =
        SwarmlogServer.start(
            ServerConfiguration.load(
                Optional.empty(),
                Map.of(),
                Map.of("port", "0", "shards", "1", "in-memory", "true", "drain-timeout", "5s")),
            Surroundings.real()
                .withLimit("maxGroupRecords", 1)
                .withLimit("maxUnacknowledgedOperations", 1)
                .withTime(clock)
                .withOpenTelemetry(sdk));
    channel =
        NettyChannelBuilder.forTarget("127.0.0.1:" + server.port())
            .usePlaintext()
            .directExecutor()
            .intercept(new AckBegins())
            .build();
    connection = SwarmConnection.builder(channel).clock(clock).build();
    agent =
        SwarmAgent.builder(connection, "s", "ant")
            .on(Topic.TOPIC_ALERTS, operation -> atAlert.getAndSet(NOTHING).run())
            .on(Topic.TOPIC_COMMANDS, operation -> atCommand.getAndSet(NOTHING).run())
            .openTelemetry(sdk)
            .start();
    agent.awaitCaughtUp(PATIENCE);
    publisher = SwarmPublisher.builder(connection, "s", "planner").openTelemetry(sdk).start();
  }

  @AfterEach
  void stop() {
    publisher.close();
    agent.close();
    connection.close();
    channel.shutdownNow();
    server.close();
    sdk.close();
  }

  @Test
  void shouldShowAWaitForTheWriterInAppend() throws Exception {
    // given
    Hold otherCommit = new Hold();
    atCommit.set(otherCommit);
    publisher.publish(event(Topic.TOPIC_ALERTS));
    otherCommit.awaitReached();
    CompletableFuture<?> command = publisher.publish(event(Topic.TOPIC_COMMANDS));
    await().atMost(PATIENCE).until(() -> level("swarmlog.queue.size") > PAYLOAD_CHARS);

    // when
    clock.advance(DELAY_NS);
    otherCommit.release();
    command.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

    // then
    assertThat(late())
        .containsExactlyInAnyOrder("lag append", "lag apply", "span publish", "span append");
  }

  @Test
  void shouldShowASlowCommitInAppend() throws Exception {
    // given
    atCommit.set(() -> clock.advance(DELAY_NS));

    // when
    publish(Topic.TOPIC_COMMANDS);

    // then
    assertThat(late())
        .containsExactlyInAnyOrder(
            "lag append", "lag ack", "lag apply", "span publish", "span append", "span commit");
  }

  @Test
  void shouldShowAnAgentThatCannotBeGivenMoreInDeliver() throws Exception {
    // given the agent has not acknowledged what it was given
    Hold otherHandler = new Hold();
    atAlert.set(otherHandler);
    publish(Topic.TOPIC_ALERTS);
    otherHandler.awaitReached();
    publish(Topic.TOPIC_COMMANDS);

    // when
    clock.advance(DELAY_NS);
    otherHandler.release();

    // then
    assertThat(late())
        .containsExactlyInAnyOrder(
            "lag deliver",
            "lag ack",
            "lag apply",
            "span deliver",
            "deliver first",
            "deliver last",
            "ack first",
            "ack last");
  }

  @Test
  void shouldShowASlowHandlerInApply() throws Exception {
    // given
    Hold handler = new Hold();
    atCommand.set(handler);
    publish(Topic.TOPIC_COMMANDS);
    handler.awaitReached();

    // when
    clock.advance(DELAY_NS);
    handler.release();

    // then
    assertThat(late())
        .containsExactlyInAnyOrder(
            "lag apply", "lag ack", "span apply", "span deliver", "ack first", "ack last");
  }

  @Test
  void shouldShowASlowAckInAck() throws Exception {
    // given
    Hold handler = new Hold();
    atCommand.set(handler);
    publish(Topic.TOPIC_COMMANDS);

    // when
    atAck.set(() -> clock.advance(DELAY_NS));
    handler.release();

    // then
    assertThat(late())
        .containsExactlyInAnyOrder("lag ack", "span ack", "span deliver", "ack first", "ack last");
  }

  /** Publishes, and waits until all that is told of that is told. */
  private void publish(Topic topic) throws Exception {
    publisher.publish(event(topic)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    only(named("publish " + TraceNames.of(topic)));
    only(named("append " + TraceNames.of(topic)));
  }

  private static Publication event(Topic topic) {
    return Publication.event(
        topic, Targets.all(), Payloads.text("test.Work", "x".repeat(PAYLOAD_CHARS)));
  }

  /** The figures of the command that show the delay; the others must show nothing of it. */
  private Set<String> late() {
    Map<String, Double> seconds = new TreeMap<>();
    for (String stage : List.of("append", "deliver", "ack", "apply")) {
      await().atMost(PATIENCE).until(() -> lag(stage).isPresent());
      HistogramPointData lag = lag(stage).orElseThrow();
      assertThat(lag.getCount()).as("samples of %s", stage).isEqualTo(1);
      seconds.put("lag " + stage, lag.getSum());
    }
    for (String name : List.of("publish", "append", "apply", "ack")) {
      seconds.put("span " + name, durationSeconds(only(named(name + " commands"))));
    }
    SpanContext append = only(named("append commands")).getSpanContext();
    seconds.put("span commit", durationSeconds(only(named("commit").and(linkedWith(append)))));
    // Nobody else can be given it, so that its span ends.
    clock.advance(TimeUnit.SECONDS.toNanos(2));
    SpanData deliver = only(named("deliver commands"));
    seconds.put("span deliver", durationSeconds(deliver));
    for (String figure : List.of("deliver.first", "deliver.last", "ack.first", "ack.last")) {
      Double value = deliver.getAttributes().get(AttributeKey.doubleKey("swarmlog." + figure));
      assertThat(value).as("%s of %s", figure, deliver.getAttributes()).isNotNull();
      seconds.put(figure.replace('.', ' '), value);
    }

    double delay = DELAY_NS / 1e9;
    Set<String> late = new TreeSet<>();
    seconds.forEach(
        (figure, value) -> {
          if (value > delay * TOLERANCE) {
            assertThat(value)
                .as(figure)
                .isBetween(delay * (1 - TOLERANCE), delay * (1 + TOLERANCE));
            late.add(figure);
          }
        });
    return late;
  }

  private Optional<HistogramPointData> lag(String stage) {
    return metric("swarmlog.lag").stream()
        .flatMap(lag -> lag.getHistogramData().getPoints().stream())
        .filter(point -> text(point, "swarmlog.topic").equals("commands"))
        .filter(point -> text(point, "swarmlog.stage").equals(stage))
        .findFirst();
  }

  private static String text(HistogramPointData point, String key) {
    return String.valueOf(point.getAttributes().get(AttributeKey.stringKey(key)));
  }

  private long level(String gauge) {
    return metric(gauge).stream()
        .flatMap(metric -> metric.getLongGaugeData().getPoints().stream())
        .mapToLong(LongPointData::getValue)
        .sum();
  }

  private Optional<MetricData> metric(String name) {
    return metrics.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst();
  }

  private static Predicate<SpanData> named(String name) {
    return span -> span.getName().equals(name);
  }

  private static Predicate<SpanData> linkedWith(SpanContext other) {
    return span ->
        span.getLinks().stream()
            .anyMatch(link -> link.getSpanContext().getSpanId().equals(other.getSpanId()));
  }

  private SpanData only(Predicate<SpanData> which) {
    await().atMost(PATIENCE).until(() -> spans(which).size() == 1);
    return spans(which).get(0);
  }

  private List<SpanData> spans(Predicate<SpanData> which) {
    return spans.getFinishedSpanItems().stream().filter(which).toList();
  }

  private static double durationSeconds(SpanData span) {
    return (span.getEndEpochNanos() - span.getStartEpochNanos()) / 1e9;
  }

  /** The clock of everybody. Stands still until it is moved. */
  private static final class SteppedClock implements Clock, InstantSource, TimeSource {
    private final AtomicLong unixNs = new AtomicLong(1_700_000_000_000_000_000L);

    void advance(long ns) {
      unixNs.addAndGet(ns);
    }

    @Override
    public long unixNs() {
      return unixNs.get();
    }

    @Override
    public long monotonicNs() {
      return unixNs.get();
    }

    @Override
    public long now() {
      return unixNs.get();
    }

    @Override
    public long nanoTime() {
      return unixNs.get();
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH.plusNanos(unixNs.get());
    }
  }

  /** Somebody waits here until he is let go on. */
  private static final class Hold implements Runnable {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    @Override
    public void run() {
      reached.countDown();
      await(released);
    }

    void awaitReached() {
      await(reached);
    }

    void release() {
      released.countDown();
    }

    private static void await(CountDownLatch latch) {
      try {
        if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError("Expected to go on, but nobody said so");
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** The span of a group commit begins on the thread that commits, once the entry has its time. */
  private final class CommitBegins implements SpanProcessor {
    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
      if (span.getName().equals("commit")) {
        atCommit.getAndSet(NOTHING).run();
      }
    }

    @Override
    public boolean isStartRequired() {
      return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {}

    @Override
    public boolean isEndRequired() {
      return false;
    }
  }

  /** The agent's acks pass here on their way to the network. */
  private final class AckBegins implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void sendMessage(Q message) {
          if (message instanceof DataRequest frame && frame.hasAck()) {
            atAck.getAndSet(NOTHING).run();
          }
          super.sendMessage(message);
        }
      };
    }
  }
}
