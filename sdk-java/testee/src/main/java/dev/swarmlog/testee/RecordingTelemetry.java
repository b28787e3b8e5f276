package dev.swarmlog.testee;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;

/** An OpenTelemetry as an application sets it up. */
public final class RecordingTelemetry {
  private RecordingTelemetry() {}

  /** One that records every span and keeps none. */
  public static OpenTelemetry everything() {
    SdkTracerProvider tracers =
        SdkTracerProvider.builder()
            .setSampler(Sampler.alwaysOn())
            // Without any, spans are not recorded at all.
            .addSpanProcessor(SimpleSpanProcessor.create(SpanExporter.composite()))
            .build();
    return OpenTelemetrySdk.builder().setTracerProvider(tracers).build();
  }
}
