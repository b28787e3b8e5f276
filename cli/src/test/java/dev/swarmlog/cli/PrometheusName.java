package dev.swarmlog.cli;

import dev.swarmlog.otel.Metric;

/** What Prometheus calls a metric. */
final class PrometheusName {

  private PrometheusName() {}

  /** Without the endings of counters and histograms. */
  static String ofFamily(Metric metric) {
    String name = metric.metricName().replace('.', '_');
    String unit = unit(metric);
    return unit.isEmpty() || name.endsWith("_" + unit) ? name : name + "_" + unit;
  }

  /** As Prometheus writes it; empty for what is counted. */
  static String unit(Metric metric) {
    return switch (metric.unit()) {
      case "s" -> "seconds";
      case "By" -> "bytes";
      default -> "";
    };
  }
}
