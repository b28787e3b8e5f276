package dev.swarmlog.bench;

import java.util.List;
import java.util.Map;

/** How much a coordinator tells of itself. */
enum Telling {
  /** Nothing. */
  OFF("off", "false", "none", "0"),
  /** Metrics are kept for a Prometheus, as by default. */
  METRICS("metrics", "true", "none", "0"),
  /** And of each hundred operations one is traced. */
  ONE_PERCENT("traces 1 %", "true", "otlp", "0.01"),
  /** And each operation is traced. */
  ALL("traces 100 %", "true", "otlp", "1");

  private final String text;
  private final String prometheus;
  private final String tracesExporter;
  private final String ratio;

  Telling(String text, String prometheus, String tracesExporter, String ratio) {
    this.text = text;
    this.prometheus = prometheus;
    this.tracesExporter = tracesExporter;
    this.ratio = ratio;
  }

  /** For people to read. */
  String text() {
    return text;
  }

  /** Settings of the coordinator: name, value. */
  List<String> settings() {
    return List.of("prometheus", prometheus);
  }

  /**
   * Variables of the coordinator.
   *
   * @param collector where spans are sent
   */
  Map<String, String> environment(String collector) {
    return Map.of(
        "OTEL_TRACES_EXPORTER",
        tracesExporter,
        "OTEL_METRICS_EXPORTER",
        "none",
        "OTEL_LOGS_EXPORTER",
        "none",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        collector,
        "OTEL_TRACES_SAMPLER",
        "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG",
        ratio);
  }
}
