package dev.swarmlog.otel.export;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What decides where everything goes.
 *
 * @param environment of the process; only names that begin with {@code OTEL_} count
 * @param serviceVersion of the coordinator
 * @param prometheus whether metrics are kept for a Prometheus that asks
 * @param traceFile where spans are written; empty for nowhere
 */
public record ExportOptions(
    Map<String, String> environment,
    String serviceVersion,
    boolean prometheus,
    Optional<Path> traceFile) {

  public ExportOptions {
    environment = Map.copyOf(environment);
  }
}
