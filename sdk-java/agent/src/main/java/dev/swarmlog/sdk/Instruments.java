package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one agent or publisher records, by the application's own OpenTelemetry. Its metrics name
 * neither swarms nor agents: their number of series does not grow with those. Thread-safe.
 */
final class Instruments {
  // In seconds; those the conventions advise.
  private static final List<Double> BOUNDARIES =
      List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);
  private static final double NS_PER_SECOND = 1e9;

  private final String swarm;
  private final String client;
  private final Tracer tracer;
  private final Recording recording;
  private final LongCounter sent;
  private final LongCounter consumed;
  private final DoubleHistogram operationDuration;
  private final DoubleHistogram processDuration;
  private final boolean measures;
  // By topic or log. Filled when made, then only read.
  private final Map<String, Attributes> ofPublish = new HashMap<>();
  private final Map<String, Attributes> ofApply = new HashMap<>();

  /**
   * Instruments of a client.
   *
   * @param client the name of the agent or publisher
   */
  Instruments(OpenTelemetry openTelemetry, String swarm, String client) {
    this.swarm = swarm;
    this.client = client;
    this.recording = new Recording(swarm, client);
    this.tracer = openTelemetry.getTracer(TraceNames.INSTRUMENTATION, SwarmConnection.version());
    Meter meter =
        openTelemetry
            .meterBuilder(TraceNames.INSTRUMENTATION)
            .setInstrumentationVersion(SwarmConnection.version())
            .build();
    this.sent =
        meter
            .counterBuilder(TraceNames.SENT_MESSAGES)
            .setUnit("{message}")
            .setDescription("Operations that were handed to a publisher")
            .build();
    this.consumed =
        meter
            .counterBuilder(TraceNames.CONSUMED_MESSAGES)
            .setUnit("{message}")
            .setDescription("Operations that were handed to handlers, each once")
            .build();
    this.operationDuration =
        seconds(meter, TraceNames.OPERATION_DURATION, "From publish to its answer");
    this.processDuration =
        seconds(meter, TraceNames.PROCESS_DURATION, "Duration of a call of a handler");
    this.measures = consumed.isEnabled() || processDuration.isEnabled();
    Stream.concat(TraceNames.topics().stream(), Arrays.stream(Log.values()).map(TraceNames::of))
        .forEach(
            destination -> {
              ofPublish.put(destination, attributes(TraceNames.PUBLISH, destination));
              ofApply.put(destination, attributes(TraceNames.APPLY, destination));
            });
  }

  /**
   * The application's OpenTelemetry, or one that does nothing. Asking must not set the global one
   * up: that would keep the application from setting it.
   */
  static OpenTelemetry orGlobal(@Nullable OpenTelemetry chosen) {
    return chosen != null ? chosen : GlobalOpenTelemetry.getOrNoop();
  }

  /** What every other call of OpenTelemetry goes through. */
  Recording recording() {
    return recording;
  }

  /** Whether spans go anywhere. */
  boolean traces() {
    return tracer.isEnabled();
  }

  /** Whether figures of handlers go anywhere. */
  boolean measures() {
    return measures;
  }

  /**
   * A span that is to be started, with what all of them have.
   *
   * @param destination a topic or a log, by name
   */
  SpanBuilder span(String operation, String type, SpanKind kind, String destination) {
    return tracer
        .spanBuilder(TraceNames.span(operation, destination))
        .setSpanKind(kind)
        .setAttribute(TraceNames.SYSTEM, TraceNames.SYSTEM_VALUE)
        .setAttribute(TraceNames.OPERATION_NAME, operation)
        .setAttribute(TraceNames.OPERATION_TYPE, type)
        .setAttribute(TraceNames.DESTINATION, swarm + "/" + destination)
        .setAttribute(TraceNames.DESTINATION_TEMPLATE, TraceNames.template(destination))
        .setAttribute(TraceNames.CLIENT_ID, client)
        .setAttribute(TraceNames.SWARM, swarm);
  }

  /** An operation was handed to the publisher. */
  void sent(Topic topic) {
    recording.attempt(() -> sent.add(1, of(ofPublish, TraceNames.of(topic))));
  }

  /** A publication was answered, or failed; its span is in the context, for exemplars. */
  void answered(String destination, long elapsedNs, Context context) {
    recording.attempt(
        () ->
            operationDuration.record(
                elapsedNs / NS_PER_SECOND, of(ofPublish, destination), context));
  }

  /** An operation is handed to a handler, for the first time. */
  void consumed(Topic topic) {
    recording.attempt(() -> consumed.add(1, of(ofApply, TraceNames.of(topic))));
  }

  /** A handler returned or threw; the span it ran in is in the context, for exemplars. */
  void processed(String destination, long elapsedNs, Context context) {
    recording.attempt(
        () -> processDuration.record(elapsedNs / NS_PER_SECOND, of(ofApply, destination), context));
  }

  private static Attributes of(Map<String, Attributes> known, String destination) {
    return known.getOrDefault(destination, Attributes.empty());
  }

  private static Attributes attributes(String operation, String destination) {
    return Attributes.of(
        TraceNames.SYSTEM,
        TraceNames.SYSTEM_VALUE,
        TraceNames.OPERATION_NAME,
        operation,
        TraceNames.DESTINATION_TEMPLATE,
        TraceNames.template(destination));
  }

  private static DoubleHistogram seconds(Meter meter, String name, String description) {
    return meter
        .histogramBuilder(name)
        .setUnit("s")
        .setDescription(description)
        .setExplicitBucketBoundariesAdvice(BOUNDARIES)
        .build();
  }
}
