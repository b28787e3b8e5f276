package dev.swarmlog.demo.agent;

import dev.swarmlog.demo.v1.JournalOperation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way from delivery to journal, with one fault in it: at one operation, once in the life of the
 * process.
 *
 * <p>Used by one agent's handler thread.
 */
final class FaultyPath {
  private final Injection injection;
  private final long atOpId;
  // REORDER only: the operation that waits for its successor.
  private @Nullable JournalOperation held;

  FaultyPath(Injection injection, long atOpId) {
    this.injection = injection;
    this.atOpId = atOpId;
  }

  /** What arrives of what was delivered. */
  List<JournalOperation> pass(List<JournalOperation> delivered) {
    if (injection == Injection.NONE) {
      return delivered;
    }
    List<JournalOperation> arriving = new ArrayList<>(delivered.size() + 1);
    for (JournalOperation operation : delivered) {
      JournalOperation before = held;
      held = null;
      if (operation.getOpId() != atOpId) {
        arriving.add(operation);
      } else {
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
      }
      if (before != null) {
        arriving.add(before);
      }
    }
    return arriving;
  }
}
