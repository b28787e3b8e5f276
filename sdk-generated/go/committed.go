package swarmlog

import (
	"context"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	"swarmlog.dev/go/internal/session"
)

// committedCursor is the cursor as it was last committed, and the only way to move it.
//
// Handlers of all lanes come here; the lock makes them one after the other, so that each commit holds the positions of all
// lanes.
type committedCursor struct {
	mu     sync.Mutex
	closed bool
	// Written under the lock, read by anyone.
	cursor atomic.Pointer[Cursor]
}

func newCommittedCursor(loaded Cursor) *committedCursor {
	committed := &committedCursor{}
	committed.cursor.Store(&loaded)
	return committed
}

func (c *committedCursor) current() Cursor { return *c.cursor.Load() }

// announce notes that keyed operations of a step are about to take effect, where effects and cursor are two commits.
//
// Without that, an agent that crashed between the two would resume as one that holds the old values; and a key that has its
// old value again by then would be left out of the delta, while the user holds the one in between. Or as one that holds a
// scope whole, of which the user has dropped half.
func (c *committedCursor) announce(ctx context.Context, step *session.Prepared, store CursorStore) error {
	if !needsAnnouncement(step) {
		return nil
	}
	return c.change(func(before Cursor) (Cursor, error) {
		noted := before.withResume(session.UnderWay(before.resume(step.Batch.Log), step.After), 0)
		keys := make([]HeldKey, len(step.Batch.ChangedKeys))
		for i, key := range step.Batch.ChangedKeys {
			keys[i] = key.Unknown()
		}
		return noted, saving(func() error { return store.Save(ctx, noted, keys) })
	})
}

// commit commits a step after its effects.
func (c *committedCursor) commit(ctx context.Context, step *session.Prepared, store CursorStore) error {
	if step.Batch.Log == LogTelemetry {
		return nil
	}
	return c.change(func(before Cursor) (Cursor, error) {
		after := cursorAfter(before, step)
		if !changes(before, after, step) {
			return before, nil
		}
		return after, saving(func() error { return store.Save(ctx, after, step.SavedKeys()) })
	})
}

// commitWithEffects commits a step together with its effects; `batch` is the step's, or what is left of it.
func (c *committedCursor) commitWithEffects(
	ctx context.Context, step *session.Prepared, batch Batch, effects EffectStore,
) error {
	return c.change(func(before Cursor) (Cursor, error) {
		after := cursorAfter(before, step)
		if len(batch.Operations) == 0 && !changes(before, after, step) {
			return before, nil
		}
		return after, guarded(func() error { return effects.Apply(ctx, batch, after) })
	})
}

// close waits for a commit under way; none begins any more.
func (c *committedCursor) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

func (c *committedCursor) change(to func(before Cursor) (Cursor, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return storeError("Expected the agent to be open, but it was closed before its handler returned: the operations will "+
			"come again", nil)
	}
	after, err := to(c.current())
	if err == nil {
		c.cursor.Store(&after)
	}
	return err
}

// saving calls a store. Whatever it fails with says that nothing was saved.
func saving(save func() error) error {
	err := guarded(save)
	if err == nil {
		return nil
	}
	return storeError("Expected the store to save the cursor, but it failed", err)
}

// changes says whether there is anything to be saved: the end of a sync of which nothing was missing changes nothing.
func changes(before, after Cursor, step *session.Prepared) bool {
	log := step.Batch.Log
	return len(step.SavedKeys()) > 0 || len(step.Batch.Replaced) > 0 || before.highestTerm != after.highestTerm ||
		!proto.Equal(before.resume(log), after.resume(log))
}

func cursorAfter(before Cursor, step *session.Prepared) Cursor {
	if step.Batch.Log == LogTelemetry {
		return before
	}
	var term uint64
	for _, operation := range step.Batch.Operations {
		term = max(term, operation.GetTerm())
	}
	return before.withResume(step.After, term)
}

// needsAnnouncement says whether keyed operations of a step are about to take effect.
func needsAnnouncement(step *session.Prepared) bool {
	if step.Batch.Log == LogTelemetry {
		return false
	}
	if len(step.Batch.Replaced) > 0 {
		return true
	}
	for _, operation := range step.Batch.Operations {
		if session.IsKeyed(operation) && !session.IsRedelivery(operation) {
			return true
		}
	}
	return false
}
