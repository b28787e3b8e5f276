package dev.swarmlog.sdk;

/** A cursor in a field. */
final class MemoryCursorStore implements CursorStore {
  // Written by handler threads one after the other; read by whoever starts the next agent on it.
  private volatile AgentCursor cursor = AgentCursor.empty();

  @Override
  public AgentCursor load() {
    return cursor;
  }

  @Override
  public void save(AgentCursor next) {
    cursor = next;
  }
}
