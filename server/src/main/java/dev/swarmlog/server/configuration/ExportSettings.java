package dev.swarmlog.server.configuration;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where metrics and traces go, beside what OpenTelemetry's variables say.
 *
 * @param prometheus whether metrics are kept for a Prometheus that asks
 * @param traceFile where traces are written; empty for nowhere
 */
public record ExportSettings(boolean prometheus, Optional<Path> traceFile) {}
