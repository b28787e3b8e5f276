package dev.swarmlog.storage.memory;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog;
import dev.swarmlog.storage.eventlog.KeyValueEventLog.DurableListener;
import dev.swarmlog.storage.eventlog.StoreLayers;

/** An event log that lives and dies with the process. */
public final class InMemoryEventLog {

  private InMemoryEventLog() {}

  /** A new, empty log. */
  public static EventLog create() {
    return create(StoreLayers.NONE);
  }

  /** As {@link #create()}, with something around the event log. */
  public static EventLog create(StoreLayers layers) {
    return layers.over(
        new KeyValueEventLog(
            layers.over(new MemoryStore()),
            /* shard= */ 0,
            /* shardCount= */ 1,
            layers.over(new NobodyListens())));
  }

  private static final class NobodyListens implements DurableListener {
    @Override
    public void durableThrough(long index) {}

    @Override
    public void close() {}
  }
}
