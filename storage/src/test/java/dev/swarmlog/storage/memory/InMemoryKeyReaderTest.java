package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyReaderContract;

final class InMemoryKeyReaderTest extends KeyReaderContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
