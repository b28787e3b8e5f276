package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.TelemetryLog;
import dev.swarmlog.storage.telemetry.KeyValueTelemetryLog;

/** A telemetry log that lives and dies with the process. */
public final class InMemoryTelemetryLog {

  private InMemoryTelemetryLog() {}

  /** A new, empty log. */
  public static TelemetryLog create() {
    return new KeyValueTelemetryLog(new MemoryStore());
  }
}
