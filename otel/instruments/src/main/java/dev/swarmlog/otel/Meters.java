package dev.swarmlog.otel;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Makes the instruments that {@link Metric} lists. May be used by any thread.
 *
 * <p>Gauges and observed counters call back when somebody looks, on the thread of whoever exports:
 * the callback must not block, and comes until {@link #close}.
 */
public final class Meters implements AutoCloseable {

  /** In seconds: from a tenth of a millisecond to a minute. */
  static final List<Double> SECONDS =
      List.of(
          0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
          2.5, 5.0, 10.0, 30.0, 60.0);

  private static final List<Long> COUNTS =
      List.of(1L, 2L, 5L, 10L, 20L, 50L, 100L, 200L, 500L, 1_000L, 2_000L, 5_000L, 10_000L);

  private static final List<Long> BYTES =
      List.of(
          1L << 8, 1L << 10, 1L << 12, 1L << 14, 1L << 16, 1L << 18, 1L << 20, 1L << 22, 1L << 24,
          1L << 26, 1L << 28);

  private final Meter meter;
  private final boolean enabled;
  private final Queue<Runnable> observed = new ConcurrentLinkedQueue<>();

  private Meters(Meter meter, boolean enabled) {
    this.meter = meter;
    this.enabled = enabled;
  }

  /** Instruments that go where {@code openTelemetry} sends them. */
  public static Meters of(OpenTelemetry openTelemetry) {
    return new Meters(
        openTelemetry.getMeterProvider().get("dev.swarmlog"),
        openTelemetry.getMeterProvider() != MeterProvider.noop());
  }

  /** Instruments that do nothing. */
  public static Meters off() {
    return of(OpenTelemetry.noop());
  }

  /** False if nobody will ever see a figure: what it takes to know them can be saved. */
  public boolean enabled() {
    return enabled;
  }

  public LongCounter counter(Metric metric) {
    require(metric, Metric.Kind.COUNTER);
    return meter
        .counterBuilder(metric.metricName())
        .setUnit(metric.unit())
        .setDescription(metric.description())
        .build();
  }

  /** For a figure that is counted elsewhere already. */
  public void observedCounter(Metric metric, Consumer<ObservableLongMeasurement> callback) {
    require(metric, Metric.Kind.COUNTER);
    observed.add(
        meter
                .counterBuilder(metric.metricName())
                .setUnit(metric.unit())
                .setDescription(metric.description())
                .buildWithCallback(callback)
            ::close);
  }

  /** Of a duration; its unit is {@code s}. */
  public DoubleHistogram seconds(Metric metric) {
    require(metric, Metric.Kind.HISTOGRAM);
    return meter
        .histogramBuilder(metric.metricName())
        .setUnit(metric.unit())
        .setDescription(metric.description())
        .setExplicitBucketBoundariesAdvice(SECONDS)
        .build();
  }

  /** Of counts or, if its unit is {@code By}, of sizes. */
  public LongHistogram sizes(Metric metric) {
    require(metric, Metric.Kind.HISTOGRAM);
    return meter
        .histogramBuilder(metric.metricName())
        .ofLongs()
        .setUnit(metric.unit())
        .setDescription(metric.description())
        .setExplicitBucketBoundariesAdvice(metric.unit().equals("By") ? BYTES : COUNTS)
        .build();
  }

  public void gauge(Metric metric, Consumer<ObservableLongMeasurement> callback) {
    require(metric, Metric.Kind.GAUGE);
    observed.add(
        meter
                .gaugeBuilder(metric.metricName())
                .ofLongs()
                .setUnit(metric.unit())
                .setDescription(metric.description())
                .buildWithCallback(callback)
            ::close);
  }

  /** Of a duration or another figure that is no whole number. */
  public void doubleGauge(Metric metric, Consumer<ObservableDoubleMeasurement> callback) {
    require(metric, Metric.Kind.GAUGE);
    observed.add(
        meter
                .gaugeBuilder(metric.metricName())
                .setUnit(metric.unit())
                .setDescription(metric.description())
                .buildWithCallback(callback)
            ::close);
  }

  /** Nobody is called back any more: what the callbacks read may go. */
  @Override
  public void close() {
    for (Runnable close = observed.poll(); close != null; close = observed.poll()) {
      close.run();
    }
  }

  private static void require(Metric metric, Metric.Kind kind) {
    if (metric.kind() != kind) {
      throw new IllegalArgumentException(
          "Expected " + metric + " to be a " + kind + ", but it is a " + metric.kind());
    }
  }
}
