package dev.swarmlog.sdk;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/**
 * Keeps an agent's cursor and its key index: which keys it holds, and the digest of each value.
 * Called by one thread at a time, on handler threads; {@link #save} returns when the cursor is as
 * durable as the store makes it, and only then the agent acknowledges.
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
   * The keys held with that cursor, in any order. Called once, after {@link #load}.
   *
   * @throws CursorStoreException if they cannot be read
   */
  Collection<HeldKey> heldKeys();

  /**
   * Makes the cursor the one to load, and changes the held keys, both or neither.
   *
   * @param changed in order: the last one of a key counts, and one that {@link HeldKey#isGone()} is
   *     no longer held
   * @throws CursorStoreException if that failed; the agent stops then
   */
  void save(AgentCursor cursor, List<HeldKey> changed);

  /** Releases what the store holds. The agent closes the store it was given. */
  @Override
  default void close() {}

  /**
   * Cursor and keys in memory: durable as long as the object. An agent that restarts with a fresh
   * one applies the whole view of the log again. The default: right for agents that rebuild their
   * state from the log, and for tests.
   */
  static CursorStore inMemory() {
    return new MemoryCursorStore();
  }

  /**
   * Cursor and keys in a directory of its own, created if missing: each save is one checksummed
   * append and one fsync, survives the loss of power, and a torn append leaves what was before it.
   * The file is written anew when it has doubled, so that it stays at a few times the size of the
   * keys. Locks the directory against a second process.
   *
   * @throws CursorStoreException if the directory is in use, not writable, damaged, or of a newer
   *     version
   */
  static CursorStore onDisk(Path directory) {
    return DiskCursorStore.open(directory, DiskCursorStore.MIN_REWRITE_BYTES);
  }
}
