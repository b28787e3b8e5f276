package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import java.util.List;

/** How a batch takes effect. One per agent; called on handler threads, at most one per lane. */
sealed interface BatchApplication {
  /** Operations that could not be applied. */
  final class NotApplied extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Operation> operations;
    private final int index;

    NotApplied(List<Operation> operations, int index, Throwable cause) {
      super(cause);
      this.operations = operations;
      this.index = index;
    }

    List<Operation> operations() {
      return operations;
    }

    /** Where in the batch they begin. */
    int index() {
      return index;
    }
  }

  /**
   * Applies the operations from an index on.
   *
   * @param from 0 at first; where it failed when tried again; after the failed ones when those are
   *     skipped
   * @param spans what handlers run inside
   */
  void apply(PreparedStep step, int from, StepSpans spans) throws NotApplied;

  /** Whether it is known which operation failed, and the run can go on behind that one. */
  boolean singlesOut();

  /** Commits the cursor after the step, where apply has not done that. */
  void commit(PreparedStep step);

  /** One handler call per operation, inside its trace. */
  record ByOperation(HandlerTable handlers, CommittedCursor cursor, CursorStore store)
      implements BatchApplication {
    @Override
    @SuppressWarnings(
        "CatchingUnchecked") // Errors too: the policy decides, and the agent lives on.
    public void apply(PreparedStep step, int from, StepSpans spans) throws NotApplied {
      List<Operation> operations = step.batch().operations();
      if (from == 0) {
        cursor.announce(step, store);
      }
      for (int i = from; i < operations.size(); i++) {
        Operation operation = operations.get(i);
        OperationHandler handler = handlers.find(operation);
        if (handler == null) {
          continue;
        }
        try {
          spans.handle(handler, operation, i);
        } catch (Exception | Error e) {
          throw new NotApplied(List.of(operation), i, e);
        }
      }
    }

    @Override
    public boolean singlesOut() {
      return true;
    }

    @Override
    public void commit(PreparedStep step) {
      commitAfter(step, cursor, store);
    }
  }

  /** One handler call per batch. */
  record ByBatch(BatchHandler handler, CommittedCursor cursor, CursorStore store)
      implements BatchApplication {
    @Override
    public void apply(PreparedStep step, int from, StepSpans spans) throws NotApplied {
      Batch batch = step.batch();
      if (from >= batch.operations().size() && batch.replaced().isEmpty()) {
        return;
      }
      cursor.announce(step, store);
      try {
        spans.handle(() -> handler.handle(batch), batch.operations());
      } catch (Exception | Error e) {
        throw new NotApplied(batch.operations(), 0, e);
      }
    }

    @Override
    public boolean singlesOut() {
      return false;
    }

    @Override
    public void commit(PreparedStep step) {
      commitAfter(step, cursor, store);
    }
  }

  /** Effects and cursor in one step. */
  record WithEffects(EffectStore effects, CommittedCursor cursor) implements BatchApplication {
    @Override
    public void apply(PreparedStep step, int from, StepSpans spans) throws NotApplied {
      Batch batch = from > 0 ? step.batch().withoutOperations() : step.batch();
      try {
        spans.handle(() -> cursor.commitWithEffects(step, batch, effects), batch.operations());
      } catch (Exception | Error e) {
        throw new NotApplied(step.batch().operations(), 0, e);
      }
    }

    @Override
    public boolean singlesOut() {
      return false;
    }

    @Override
    public void commit(PreparedStep step) {
      // Done with the effects.
    }
  }

  private static void commitAfter(PreparedStep step, CommittedCursor cursor, CursorStore store) {
    if (step.batch().log() != Log.LOG_TELEMETRY) {
      cursor.commit(step, store);
    }
  }
}
