package dev.swarmlog.demo.agent;

import dev.swarmlog.demo.v1.JournalOperation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from delivery to journal, with one fault in it, once: at the first result at or behind an
 * operation.
 *
 * <p>A result, because everybody must apply it and nobody has to answer it. Used by one agent's
 * handler thread.
 */
final class FaultyPath {
  private final Injection injection;
  private final long fromOpId;
  // Until the fault has happened.
  private boolean armed;
  // REORDER only: the operation that waits for its successor.
  private @Nullable JournalOperation held;

  /**
   * @param cursorOpId how far the agent is; one that is at or behind {@code fromOpId} already had
   *     its fault in an earlier life
   */
  FaultyPath(Injection injection, long fromOpId, long cursorOpId) {
    this.injection = injection;
    this.fromOpId = fromOpId;
    this.armed = injection != Injection.NONE && cursorOpId < fromOpId;
  }

  /** What arrives of what was delivered. */
  List<JournalOperation> pass(List<JournalOperation> delivered) {
    List<JournalOperation> arriving = new ArrayList<>(delivered.size() + 1);
    for (JournalOperation operation : delivered) {
      JournalOperation before = held;
      held = null;
      if (armed && operation.hasResult() && operation.getOpId() >= fromOpId) {
        armed = false;
        switch (injection) {
          case DUPLICATE -> {
            arriving.add(operation);
            arriving.add(operation);
          }
          case REORDER -> held = operation;
          case DROP, NONE -> {
            // It goes no further.
          }
        }
      } else {
        arriving.add(operation);
      }
      if (before != null) {
        arriving.add(before);
      }
    }
    return arriving;
  }
}
