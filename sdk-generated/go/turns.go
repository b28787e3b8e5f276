package swarmlog

import "sync"

// turns is the lock of a state machine's owner, which takes one step at a time. What a step has to tell somebody else's
// code (answers, listeners, logs, spans) is told behind the step, without the lock, in order: so that code may call back.
type turns struct {
	mu sync.Mutex
	// Called at the end of each turn, under the lock; may be nil.
	beforeEnd func()
	// Under the lock: what is to be told, and whether somebody is telling.
	untold  []func()
	telling bool
}

// Lock begins a turn.
func (t *turns) Lock() { t.mu.Lock() }

// Unlock ends a turn, and tells.
func (t *turns) Unlock() {
	if t.beforeEnd != nil {
		t.beforeEnd()
	}
	for !t.telling && len(t.untold) > 0 {
		told := t.untold
		t.untold, t.telling = nil, true
		t.mu.Unlock()
		for _, tell := range told {
			tell()
		}
		t.mu.Lock()
		t.telling = false
	}
	t.mu.Unlock()
}

// later has something told behind this turn.
func (t *turns) later(tell func()) { t.untold = append(t.untold, tell) }
