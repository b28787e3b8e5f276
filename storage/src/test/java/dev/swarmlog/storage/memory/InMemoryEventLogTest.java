package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.EventLogContract;

final class InMemoryEventLogTest extends EventLogContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
