package swarmlog

import (
	"context"
	"errors"
	"iter"
	"maps"
	"sync"
)

// ErrCursorStore is what an error wraps that says that a cursor cannot be read or written; its text says what to do.
var ErrCursorStore = errors.New("swarmlog: cursor store")

// CursorStore keeps an agent's cursor and its key index: which keys it holds, and the digest of each value.
//
// Called by one goroutine at a time, not always the same. Effects and cursor are two steps here: after a crash between
// them the handler sees the last batch again. A store that commits both in one step is an EffectStore.
type CursorStore interface {
	// Load returns the cursor saved last, or the zero value. Called once, before the agent connects. An error if there is
	// one that cannot be read.
	Load(ctx context.Context) (Cursor, error)
	// HeldKeys returns the keys held with that cursor, in any order. Called once, after Load.
	HeldKeys(ctx context.Context) (iter.Seq[HeldKey], error)
	// Save makes the cursor the one to load, and changes the held keys, both or neither. It returns when that is as durable
	// as the store makes it; only then the agent acknowledges. changed is in order: the last one of a key counts, and one
	// that IsGone is no longer held. The agent stops if it returns an error.
	Save(ctx context.Context, cursor Cursor, changed []HeldKey) error
	// Close releases what the store holds. The agent closes the store it was given.
	Close() error
}

// EffectStore is a user's own store that commits an agent's effects and its cursor in one step, so that no crash can part
// them: each operation takes effect exactly once. It takes the place of handlers and CursorStore. One call at a time,
// whatever the lane.
type EffectStore interface {
	// Load returns the cursor committed last, or the zero value. Called once, before the agent connects.
	Load(ctx context.Context) (Cursor, error)
	// HeldKeys returns the agent's key index as it was committed with the cursor, if the store keeps it: of each key the
	// last of Batch.ChangedKeys that is not IsGone. Called once, after Load. With it the agent checks its keyed state, and
	// names what a snapshot deletes.
	//
	// nil: the store keeps none. Then events are checked only, and where keyed state is replaced the batch says so by
	// Batch.Replaced.
	HeldKeys(ctx context.Context) (iter.Seq[HeldKey], error)
	// Apply commits the effects of the batch and the cursor, both or neither, durably; and Batch.ChangedKeys, if the store
	// keeps them. The agent acknowledges when it returns. The batch may be without operations: then only the cursor moves.
	// Telemetry moves no cursor. An error says that neither was committed; the failure policy decides what happens next.
	Apply(ctx context.Context, batch Batch, after Cursor) error
	// Close releases what the store holds. The agent closes the store it was given.
	Close() error
}

// MemoryCursorStore keeps cursor and keys in memory: durable as long as the object. An agent that restarts with a fresh
// one applies the whole view of the log again. The default: right for agents that rebuild their state from the log, and
// for tests. Safe for concurrent use; the zero value is ready.
type MemoryCursorStore struct {
	mu     sync.Mutex
	cursor Cursor
	keys   keyIndex
}

// Load returns the cursor saved last.
func (s *MemoryCursorStore) Load(context.Context) (Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor, nil
}

// HeldKeys returns the keys held with it.
func (s *MemoryCursorStore) HeldKeys(context.Context) (iter.Seq[HeldKey], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.clone().all(), nil
}

// Save keeps cursor and keys.
func (s *MemoryCursorStore) Save(_ context.Context, cursor Cursor, changed []HeldKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = keyIndex{}
	}
	s.keys.change(changed)
	s.cursor = cursor
	return nil
}

// Close does nothing: nothing is held.
func (s *MemoryCursorStore) Close() error { return nil }

// keyIndex has value digests, by scope and key.
type keyIndex map[Scope]map[string]string

func (k keyIndex) change(changed []HeldKey) {
	for _, key := range changed {
		of := k[key.Scope]
		switch {
		case key.IsGone():
			delete(of, key.Key)
		case of == nil:
			k[key.Scope] = map[string]string{key.Key: key.ValueDigest}
		default:
			of[key.Key] = key.ValueDigest
		}
	}
}

// undo returns the changes that take back others, which are not made yet.
func (k keyIndex) undo(changed []HeldKey) []HeldKey {
	before := make([]HeldKey, len(changed))
	for i, key := range changed {
		before[i] = HeldKey{Scope: key.Scope, Key: key.Key, ValueDigest: k[key.Scope][key.Key]}
	}
	return before
}

func (k keyIndex) all() iter.Seq[HeldKey] {
	return func(yield func(HeldKey) bool) {
		for scope, of := range k {
			for key, digest := range of {
				if !yield(HeldKey{Scope: scope, Key: key, ValueDigest: digest}) {
					return
				}
			}
		}
	}
}

func (k keyIndex) clone() keyIndex {
	copied := make(keyIndex, len(k))
	for scope, of := range k {
		copied[scope] = maps.Clone(of)
	}
	return copied
}

// cursorStoreError says what was expected of a store, and wraps ErrCursorStore and its cause.
type cursorStoreError struct {
	message string
	cause   error
}

func storeError(message string, cause error) error { return &cursorStoreError{message, cause} }

func (e *cursorStoreError) Error() string {
	if e.cause == nil {
		return e.message
	}
	return e.message + " (" + e.cause.Error() + ")"
}

func (e *cursorStoreError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrCursorStore}
	}
	return []error{ErrCursorStore, e.cause}
}
