package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.telemetry.TelemetryLogContract;

final class InMemoryTelemetryLogTest extends TelemetryLogContract {

  @Override
  protected TelemetryLog open() {
    return InMemoryTelemetryLog.create();
  }
}
