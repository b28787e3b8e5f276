package swarmlog

import "sync"

const maxUntold = 1_000

// teller calls somebody else's code, such as listeners and log handlers: one call at a time, in order, maxUntold waiting, on a
// goroutine that lives while there is something to tell. No lock is held meanwhile, so that code may call back;
// and if it ends its goroutine, the next call gets another one. Safe for concurrent use.
type teller struct {
	// panicked is told what a call panicked with, leftOut how many calls found no room; both on the goroutine, neither nil.
	panicked func(error)
	leftOut  func(int)

	mu      sync.Mutex
	untold  []func()
	skipped int
	// Closed when nothing is told any more; nil while nothing is.
	idle chan struct{}
}

// tell has a call made, after what waits, unless that is too much.
func (t *teller) tell(call func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.untold) >= maxUntold {
		t.skipped++
		return
	}
	t.add(call)
}

// tellAnyway has a call made, after what waits, however much that is.
func (t *teller) tellAnyway(call func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.add(call)
}

func (t *teller) add(call func()) {
	t.untold = append(t.untold, call)
	if t.idle == nil {
		t.idle = make(chan struct{})
		go t.work()
	}
}

// told is closed once everything there was to tell has been told.
func (t *teller) told() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle == nil {
		none := make(chan struct{})
		close(none)
		return none
	}
	return t.idle
}

func (t *teller) work() {
	finished := false
	defer func() {
		if !finished {
			// runtime.Goexit, such as by testing.T.FailNow.
			go t.work()
		}
	}()
	for {
		call, skipped := t.next()
		if skipped > 0 {
			t.leftOut(skipped)
		}
		if call == nil {
			finished = true
			return
		}
		if err := guarded(func() error { call(); return nil }); err != nil {
			t.panicked(err)
		}
	}
}

// next returns what is to be told now, nil if the goroutine is to end; and how many were left out before.
func (t *teller) next() (call func(), skipped int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	skipped, t.skipped = t.skipped, 0
	if len(t.untold) == 0 {
		close(t.idle)
		t.idle = nil
		return nil, skipped
	}
	call = t.untold[0]
	t.untold = t.untold[1:]
	return call, skipped
}

// aside makes a call on a goroutine of its own and returns when it is over, also if it ended its goroutine.
func aside(call func()) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		call()
	}()
	<-over
}
