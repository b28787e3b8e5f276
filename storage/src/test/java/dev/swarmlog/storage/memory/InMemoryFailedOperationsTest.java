package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.FailedOperationsContract;

final class InMemoryFailedOperationsTest extends FailedOperationsContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
