package swarmlog

import (
	"context"
	"sync/atomic"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/handling"
	"swarmlog.dev/go/internal/session"
)

// notApplied says that operations could not be applied.
type notApplied struct {
	operations []*swarmlogv1.Operation
	// Where in the batch they begin.
	index int
	cause error
}

func (e *notApplied) Error() string { return e.cause.Error() }

// application is how steps take effect. One per lane; one step at a time.
type application interface {
	// singlesOut says whether it is known which operation failed, and the run can go on behind that one.
	singlesOut() bool
	// apply applies the operations from an index on: 0 at first; where it failed when tried again; after the failed ones when
	// those are skipped. A *notApplied says that the user's code failed; the agent cannot go on after any other error.
	apply(ctx context.Context, step *session.Prepared, start int, spans *stepSpans) error
	// commit commits the cursor after the step, where apply has not done that.
	commit(ctx context.Context, step *session.Prepared) error
}

// runWatch is what others may know of a lane's run. Written by the run, read by anyone.
type runWatch struct {
	made time.Time
	// After it was made, plus 1 ns; 0 where no handler is called.
	began atomic.Int64
}

func newRunWatch() *runWatch { return &runWatch{made: time.Now()} }

func (w *runWatch) callBegins() { w.began.Store(int64(time.Since(w.made)) + 1) }

func (w *runWatch) runEnds() { w.began.Store(0) }

// running is how long the call of a handler that is under way has been running; 0 if there is none.
func (w *runWatch) running() time.Duration {
	began := w.began.Load()
	if began == 0 {
		return 0
	}
	return time.Since(w.made) - time.Duration(began)
}

// byOperation makes one call per operation, inside its trace. Effects and cursor are two commits.
type byOperation struct {
	handlers *handling.Table[Handler]
	cursor   *committedCursor
	store    CursorStore
	watch    *runWatch
}

func (*byOperation) singlesOut() bool { return true }

func (a *byOperation) apply(ctx context.Context, step *session.Prepared, start int, spans *stepSpans) error {
	if start == 0 {
		if err := a.cursor.announce(ctx, step, a.store); err != nil {
			return err
		}
	}
	operations := step.Batch.Operations
	for i := start; i < len(operations) && ctx.Err() == nil; i++ {
		handler, found := a.handlers.Find(operations[i])
		if !found {
			continue
		}
		a.watch.callBegins()
		var err error
		if spans.surrounds(operations[i]) {
			err = spans.around(ctx, operations[i], i, func(ctx context.Context) error {
				return guarded(func() error { return handler(ctx, Operation{operations[i]}) })
			})
		} else {
			err = guarded(func() error { return handler(ctx, Operation{operations[i]}) })
		}
		if err != nil {
			return &notApplied{operations[i : i+1], i, err}
		}
	}
	return ctx.Err()
}

func (a *byOperation) commit(ctx context.Context, step *session.Prepared) error {
	return a.cursor.commit(ctx, step, a.store)
}

// byBatch makes one call per batch. Effects and cursor are two commits.
type byBatch struct {
	handler BatchHandler
	cursor  *committedCursor
	store   CursorStore
	watch   *runWatch
}

func (*byBatch) singlesOut() bool { return false }

func (a *byBatch) apply(ctx context.Context, step *session.Prepared, start int, spans *stepSpans) error {
	operations := step.Batch.Operations
	if start >= len(operations) && len(step.Batch.Replaced) == 0 {
		return nil
	}
	if err := a.cursor.announce(ctx, step, a.store); err != nil {
		return err
	}
	a.watch.callBegins()
	batch := batchOf(&step.Batch)
	err := spans.aroundBatch(ctx, operations, func(ctx context.Context) error {
		return guarded(func() error { return a.handler(ctx, batch) })
	})
	if err != nil {
		return &notApplied{operations, 0, err}
	}
	return nil
}

func (a *byBatch) commit(ctx context.Context, step *session.Prepared) error {
	return a.cursor.commit(ctx, step, a.store)
}

// withEffects commits effects and cursor in one step.
type withEffects struct {
	effects EffectStore
	cursor  *committedCursor
	watch   *runWatch
}

func (*withEffects) singlesOut() bool { return false }

func (a *withEffects) apply(ctx context.Context, step *session.Prepared, start int, spans *stepSpans) error {
	batch := batchOf(&step.Batch)
	if start > 0 {
		// They are passed over.
		batch.Operations, batch.Replaced = nil, nil
	}
	a.watch.callBegins()
	err := spans.aroundBatch(ctx, step.Batch.Operations, func(ctx context.Context) error {
		return a.cursor.commitWithEffects(ctx, step, batch, a.effects)
	})
	if err != nil {
		return &notApplied{step.Batch.Operations, 0, err}
	}
	return nil
}

func (*withEffects) commit(context.Context, *session.Prepared) error { return nil }

func batchOf(of *session.Batch) Batch {
	return Batch{
		Log: of.Log, FromOpID: of.FromOpID, To: of.To, Operations: operationsOf(of.Operations),
		ChangedKeys: of.ChangedKeys, Replaced: of.Replaced, Repair: of.Repair,
	}
}

func operationsOf(messages []*swarmlogv1.Operation) []Operation {
	operations := make([]Operation, len(messages))
	for i, message := range messages {
		operations[i] = Operation{message}
	}
	return operations
}
