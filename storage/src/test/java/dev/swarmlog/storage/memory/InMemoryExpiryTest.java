package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.ExpiryContract;

final class InMemoryExpiryTest extends ExpiryContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
