package dev.swarmlog.reliability.bug;

import dev.swarmlog.sdk.AgentCursor;
import dev.swarmlog.sdk.CursorStore;
import dev.swarmlog.sdk.HeldKey;
import dev.swarmlog.sdk.OperationHandler;
import dev.swarmlog.v1.Operation;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;

/**
 * {@link SeededBug#CURSOR_BEFORE_EFFECT}: a cursor store and handlers in the wrong order. Handlers
 * only remember what they are given, and it takes effect once the cursor above it has been saved.
 *
 * <p>Handler threads call it; what waits is guarded by its monitor.
 */
public final class LateEffects implements CursorStore {

  private record Waiting(OperationHandler handler, Operation operation) {}

  private final CursorStore store;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  /** Over a store that is right; closes it. */
  public LateEffects(CursorStore store) {
    this.store = store;
  }

  /** A handler whose effects come after the cursor. */
  public OperationHandler late(OperationHandler handler) {
    return operation -> {
      synchronized (waiting) {
        waiting.addLast(new Waiting(handler, operation));
      }
    };
  }

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
    synchronized (waiting) {
      for (Waiting next = waiting.poll(); next != null; next = waiting.poll()) {
        try {
          next.handler().handle(next.operation());
        } catch (Exception e) {
          throw new IllegalStateException(
              "Expected operation " + next.operation().getOpId() + " to take effect, but it failed",
              e);
        }
      }
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
