package dev.swarmlog.otel.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/** An exporter of spans whose failures are told by an {@link ExportWatch}. */
record WatchedSpans(SpanExporter exporter, ExportWatch watch) implements SpanExporter {

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    return watch.watch(spans.size(), exporter.export(spans));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
