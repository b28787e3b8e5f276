package dev.swarmlog.otel.export;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;

/**
 * An SDK of which what goes nowhere is the API's own nothing. The SDK would make spans all the same
 * and throw them away at their ends.
 */
record PartlyOff(OpenTelemetry sdk, boolean traces, boolean metrics, boolean logs)
    implements OpenTelemetry {

  @Override
  public TracerProvider getTracerProvider() {
    return traces ? sdk.getTracerProvider() : TracerProvider.noop();
  }

  @Override
  public MeterProvider getMeterProvider() {
    return metrics ? sdk.getMeterProvider() : MeterProvider.noop();
  }

  @Override
  public LoggerProvider getLogsBridge() {
    return logs ? sdk.getLogsBridge() : LoggerProvider.noop();
  }

  @Override
  public ContextPropagators getPropagators() {
    return sdk.getPropagators();
  }
}
