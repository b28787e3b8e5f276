package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.EpochContract;

final class InMemoryEpochTest extends EpochContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }

  @Override
  protected EventLog reopen(EventLog open) {
    return open;
  }
}
