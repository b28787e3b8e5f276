package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.LifeReaderContract;

final class InMemoryLifeReaderTest extends LifeReaderContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
