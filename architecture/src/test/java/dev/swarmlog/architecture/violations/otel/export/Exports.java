package dev.swarmlog.architecture.violations.otel.export;

import io.opentelemetry.sdk.OpenTelemetrySdk;

public class Exports {
  OpenTelemetrySdk sdk;
}
