package dev.swarmlog.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.Collection;
import java.util.List;

/** An application's OpenTelemetry that keeps what was recorded. */
final class Recorded implements AutoCloseable {
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
  private final OpenTelemetrySdk sdk;

  private Recorded(Sampler sampler) {
    sdk =
        OpenTelemetrySdk.builder()
            .setTracerProvider(
                SdkTracerProvider.builder()
                    .setSampler(sampler)
                    .addSpanProcessor(SimpleSpanProcessor.create(spans))
                    .build())
            .setMeterProvider(SdkMeterProvider.builder().registerMetricReader(metrics).build())
            .build();
  }

  /** With the sampler that is set up if nobody says otherwise. */
  static Recorded byDefault() {
    return new Recorded(Sampler.parentBased(Sampler.alwaysOn()));
  }

  static Recorded with(Sampler sampler) {
    return new Recorded(sampler);
  }

  /** The context of a span that is somewhere else. */
  static SpanContext elsewhere(String spanId, boolean sampled) {
    return SpanContext.createFromRemoteParent(
        "0af7651916cd43dd8448eb211c80319c",
        spanId,
        sampled ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        TraceState.builder().put("vendor", "x").build());
  }

  /** As it is written into an operation. */
  static String traceparent(SpanContext context) {
    return "00-%s-%s-%s"
        .formatted(context.getTraceId(), context.getSpanId(), context.getTraceFlags().asHex());
  }

  OpenTelemetrySdk sdk() {
    return sdk;
  }

  /** For the spans of a test itself. */
  Tracer tracer() {
    return sdk.getTracer("test");
  }

  /** The spans that have ended. */
  List<SpanData> spans() {
    return spans.getFinishedSpanItems();
  }

  List<SpanData> named(String name) {
    return spans().stream().filter(span -> span.getName().equals(name)).toList();
  }

  SpanData only(String name) {
    assertThat(named(name)).as("spans called %s of %s", name, spans()).hasSize(1);
    return named(name).get(0);
  }

  Collection<MetricData> metrics() {
    return metrics.collectAllMetrics();
  }

  @Override
  public void close() {
    sdk.close();
  }
}
