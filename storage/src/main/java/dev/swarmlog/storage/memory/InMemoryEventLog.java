package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;

/** An event log that lives and dies with the process. */
public final class InMemoryEventLog {

  private InMemoryEventLog() {}

  /** A new, empty log. */
  public static EventLog create() {
    return new KeyValueEventLog(
        new MemoryStore(), /* shard= */ 0, /* shardCount= */ 1, new NobodyListens());
  }

  private static final class NobodyListens implements DurableListener {
    @Override
    public void durableThrough(long index) {}

    @Override
    public void close() {}
  }
}
