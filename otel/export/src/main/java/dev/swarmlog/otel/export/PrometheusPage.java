package dev.swarmlog.otel.export;

import com.sun.net.httpserver.HttpHandler;
import io.opentelemetry.exporter.prometheus.PrometheusMetricReader;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.prometheus.metrics.exporter.httpserver.MetricsHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Metrics as Prometheus reads them; each request collects them anew. */
final class PrometheusPage {

  private final PrometheusMetricReader reader =
      PrometheusMetricReader.builder().setOtelScopeLabelsEnabled(false).build();

  private final HttpHandler handler;

  PrometheusPage() {
    PrometheusRegistry registry = new PrometheusRegistry();
    registry.register(reader);
    this.handler = new MetricsHandler(registry);
  }

  MetricReader reader() {
    return reader;
  }

  /** For GET; text or OpenMetrics, as the request accepts. */
  HttpHandler handler() {
    return handler;
  }
}
