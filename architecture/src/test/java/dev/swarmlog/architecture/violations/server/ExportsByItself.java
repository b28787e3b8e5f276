package dev.swarmlog.architecture.violations.server;

import io.opentelemetry.sdk.OpenTelemetrySdk;

public class ExportsByItself {
  OpenTelemetrySdk sdk;
}
