package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.FoldContract;

final class InMemoryFoldTest extends FoldContract {

  @Override
  protected EventLog open() {
    return InMemoryEventLog.create();
  }
}
