package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import io.opentelemetry.context.Scope;
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
   */
  void apply(Batch batch, int from) throws NotApplied;

  /** Commits the cursor at the end of the batch, where apply has not done that. */
  void commit(Batch batch);

  /** One handler call per operation, inside the trace of its publish. */
  record ByOperation(HandlerTable handlers, CommittedCursor cursor, CursorStore store)
      implements BatchApplication {
    @Override
    @SuppressWarnings(
        "CatchingUnchecked") // Errors too: the policy decides, and the agent lives on.
    public void apply(Batch batch, int from) throws NotApplied {
      List<Operation> operations = batch.operations();
      for (int i = from; i < operations.size(); i++) {
        Operation operation = operations.get(i);
        OperationHandler handler = handlers.find(operation);
        if (handler == null) {
          continue;
        }
        try {
          if (operation.getTraceparent().isEmpty()) {
            handler.handle(operation);
          } else {
            try (Scope ignored = TraceContext.of(operation).makeCurrent()) {
              handler.handle(operation);
            }
          }
        } catch (Exception | Error e) {
          throw new NotApplied(List.of(operation), i, e);
        }
      }
    }

    @Override
    public void commit(Batch batch) {
      commitAfter(batch, cursor, store);
    }
  }

  /** One handler call per batch. */
  record ByBatch(BatchHandler handler, CommittedCursor cursor, CursorStore store)
      implements BatchApplication {
    @Override
    public void apply(Batch batch, int from) throws NotApplied {
      if (from >= batch.operations().size()) {
        return;
      }
      try {
        handler.handle(batch);
      } catch (Exception | Error e) {
        throw new NotApplied(batch.operations(), 0, e);
      }
    }

    @Override
    public void commit(Batch batch) {
      commitAfter(batch, cursor, store);
    }
  }

  /** Effects and cursor in one step. */
  record WithEffects(EffectStore effects, CommittedCursor cursor) implements BatchApplication {
    @Override
    public void apply(Batch batch, int from) throws NotApplied {
      boolean skipped = from > 0;
      Batch applied =
          skipped
              ? new Batch(batch.log(), batch.fromOpIdExclusive(), batch.to(), List.of())
              : batch;
      try {
        cursor.commitWithEffects(applied, effects);
      } catch (Exception | Error e) {
        throw new NotApplied(batch.operations(), 0, e);
      }
    }

    @Override
    public void commit(Batch batch) {
      // Done with the effects.
    }
  }

  private static void commitAfter(Batch batch, CommittedCursor cursor, CursorStore store) {
    if (batch.log() != Log.LOG_TELEMETRY) {
      cursor.commit(batch, store);
    }
  }
}
