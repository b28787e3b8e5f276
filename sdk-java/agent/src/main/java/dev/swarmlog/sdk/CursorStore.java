package dev.swarmlog.sdk;

import java.nio.file.Path;

/**
 * Keeps an agent's cursor. Called by one thread at a time, on handler threads; {@link #save}
 * returns when the cursor is as durable as the store makes it, and only then the agent
 * acknowledges.
 *
 * <p>Effects and cursor are two steps here: after a crash between them the handler sees the last
 * batch again. A store that commits both in one step is an {@link EffectStore}.
 */
public interface CursorStore extends AutoCloseable {
  /**
   * The cursor saved last, or {@link AgentCursor#empty()}. Called once, before the agent connects.
   *
   * @throws CursorStoreException if there is one that cannot be read
   */
  AgentCursor load();

  /**
   * Makes the cursor the one to load.
   *
   * @throws CursorStoreException if that failed; the agent stops then
   */
  void save(AgentCursor cursor);

  /** Releases what the store holds. The agent closes the store it was given. */
  @Override
  default void close() {}

  /**
   * A cursor in memory: durable as long as the object. An agent that restarts with a fresh one
   * applies the whole view of the log again. The default: right for agents that rebuild their state
   * from the log, and for tests.
   */
  static CursorStore inMemory() {
    return new MemoryCursorStore();
  }

  /**
   * A cursor in a directory of its own, created if missing: each save is one checksummed append and
   * one fsync, survives the loss of power, and a torn append leaves the cursor before it. Locks the
   * directory against a second process.
   *
   * @throws CursorStoreException if the directory is in use, not writable, damaged, or of a newer
   *     version
   */
  static CursorStore onDisk(Path directory) {
    return DiskCursorStore.open(directory, DiskCursorStore.MAX_FILE_BYTES);
  }
}
