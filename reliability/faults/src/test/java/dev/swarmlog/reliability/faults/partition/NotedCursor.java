package dev.swarmlog.reliability.faults.partition;

import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.HeldKey;
import java.util.Collection;
import java.util.List;

/** A cursor store, and a note of each commit in what the agent holds. */
record NotedCursor(CursorStore store, HeldState held) implements CursorStore {
  @Override
  public AgentCursor load() {
    return store.load();
  }

  @Override
  public Collection<HeldKey> heldKeys() {
    return store.heldKeys();
  }

  @Override
  public void save(AgentCursor cursor, List<HeldKey> changed) {
    store.save(cursor, changed);
    held.committed(cursor.positions());
  }

  @Override
  public void close() {
    store.close();
  }
}
