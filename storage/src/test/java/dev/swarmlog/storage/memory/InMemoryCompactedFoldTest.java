package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.CompactedFoldContract;

final class InMemoryCompactedFoldTest extends CompactedFoldContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }

  @Override
  protected EventLog reopen(EventLog open) {
    return open;
  }
}
