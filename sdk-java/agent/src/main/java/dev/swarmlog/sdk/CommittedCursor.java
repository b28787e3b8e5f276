package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.OperationClass;

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

  /**
   * Notes that keyed operations of a step are about to take effect, where effects and cursor are
   * two commits. Without that, an agent that crashed between the two would resume as one that holds
   * the old values; and a key that has its old value again by then would be left out of the delta,
   * while the user holds the one in between. Or as one that holds a scope whole, of which the user
   * has dropped half.
   */
  void announce(PreparedStep step, CursorStore store) {
    Batch batch = step.batch();
    if (batch.log() == Log.LOG_TELEMETRY || (!hasKeys(batch) && batch.replaced().isEmpty())) {
      return;
    }
    synchronized (lock) {
      requireOpen();
      AgentCursor noted =
          cursor.with(ResumePoint.underWay(cursor.resume(batch.log()), step.after()));
      store.save(noted, batch.changedKeys().stream().map(HeldKey::unknown).toList());
      cursor = noted;
    }
  }

  /** Commits a step after its effects. */
  void commit(PreparedStep step, CursorStore store) {
    synchronized (lock) {
      requireOpen();
      AgentCursor after = after(step);
      if (changes(step, after)) {
        store.save(after, step.savedKeys());
        cursor = after;
      }
    }
  }

  /**
   * Commits a step together with its effects.
   *
   * @param batch the step's, or what is left of it
   */
  void commitWithEffects(PreparedStep step, Batch batch, EffectStore effects) throws Exception {
    synchronized (lock) {
      requireOpen();
      AgentCursor after = after(step);
      if (changes(step, after) || !batch.operations().isEmpty()) {
        effects.apply(batch, after);
        cursor = after;
      }
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

  private static boolean hasKeys(Batch batch) {
    for (Operation operation : batch.operations()) {
      if (operation.getOperationClass() == OperationClass.OPERATION_CLASS_KEYED
          && !Redelivery.isOne(operation)) {
        return true;
      }
    }
    return false;
  }

  /** The end of a sync of which nothing was missing changes nothing. */
  private boolean changes(PreparedStep step, AgentCursor after) {
    return !after.equals(cursor)
        || !step.savedKeys().isEmpty()
        || !step.batch().replaced().isEmpty();
  }

  private AgentCursor after(PreparedStep step) {
    Batch batch = step.batch();
    if (batch.log() == Log.LOG_TELEMETRY) {
      return cursor;
    }
    long term = 0;
    for (Operation operation : batch.operations()) {
      term = Math.max(term, operation.getTerm());
    }
    return cursor.with(step.after()).withTerm(term);
  }
}
