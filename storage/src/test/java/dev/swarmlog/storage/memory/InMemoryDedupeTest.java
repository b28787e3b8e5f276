package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.DedupeContract;

final class InMemoryDedupeTest extends DedupeContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
