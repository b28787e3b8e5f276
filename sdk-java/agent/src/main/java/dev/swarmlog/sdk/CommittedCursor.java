package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;

/**
 * The cursor as it was last committed, and the only way to move it. Handler threads of all lanes
 * come here; the lock makes them one after the other, so that each commit holds the positions of
 * all lanes.
 */
final class CommittedCursor {
  private final Object lock = new Object();
  // Written under the lock, read by anyone.
  private volatile AgentCursor cursor;
  // Guarded by the lock.
  private boolean closed;

  CommittedCursor(AgentCursor loaded) {
    this.cursor = loaded;
  }

  AgentCursor get() {
    return cursor;
  }

  /** Commits the end of the batch after its effects. */
  void commit(Batch batch, CursorStore store) {
    synchronized (lock) {
      requireOpen();
      AgentCursor after = after(batch);
      store.save(after);
      cursor = after;
    }
  }

  /** Commits the end of the batch together with its effects. */
  void commitWithEffects(Batch batch, EffectStore effects) throws Exception {
    synchronized (lock) {
      requireOpen();
      AgentCursor after = after(batch);
      effects.apply(batch, after);
      cursor = after;
    }
  }

  /** Waits for a commit under way; none begins any more. */
  void close() {
    synchronized (lock) {
      closed = true;
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new CursorStoreException(
          "Expected the agent to be open, but it was closed before its handler returned: the operations will come again");
    }
  }

  private AgentCursor after(Batch batch) {
    if (batch.log() == Log.LOG_TELEMETRY) {
      return cursor;
    }
    long term = 0;
    for (Operation operation : batch.operations()) {
      term = Math.max(term, operation.getTerm());
    }
    return cursor.with(batch.to()).withTerm(term);
  }
}
