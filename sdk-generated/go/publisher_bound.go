package swarmlog

import (
	"slices"
	"time"
)

// queueBound is the bound of a publisher's queue, in groups and bytes, from publish to answer. Guarded by its producer's
// turns.
type queueBound struct {
	maxGroups int
	maxBytes  int
	// Bytes that hold room: at most the bound, unless a single group is larger.
	bytes int
	// When each took its room, oldest first: answers come in the order of publishing.
	since []time.Time
	// Those who wait for room, in order.
	waiting []*waiter
	closed  bool
	// Closed when nothing holds room; nil unless somebody waits for that.
	empty chan struct{}
}

// waiter waits for room in a queue.
type waiter struct {
	bytes int
	// take is called at the very moment there is room.
	take func()
	// granted gets whether there was room; false where the queue was closed.
	granted chan bool
}

// tryAcquire takes room; false if there is none, others wait for it, or the queue is closed.
func (b *queueBound) tryAcquire(bytes int, now time.Time) bool {
	if b.closed || len(b.waiting) > 0 {
		return false
	}
	return b.acquire(bytes, now)
}

// await waits for room, in the order of asking.
func (b *queueBound) await(bytes int, take func()) *waiter {
	w := &waiter{bytes, take, make(chan bool, 1)}
	if b.closed {
		w.granted <- false
		return w
	}
	b.waiting = append(b.waiting, w)
	return w
}

// giveUp takes one out that waits no more; false if it has been granted.
func (b *queueBound) giveUp(w *waiter) bool {
	at := slices.Index(b.waiting, w)
	if at < 0 {
		return false
	}
	b.waiting = slices.Delete(b.waiting, at, at+1)
	return true
}

// grant gives the room there is to those who wait for it.
func (b *queueBound) grant(now time.Time) (granted bool) {
	for len(b.waiting) > 0 && (b.closed || b.acquire(b.waiting[0].bytes, now)) {
		w := b.waiting[0]
		b.waiting = b.waiting[1:]
		if !b.closed {
			w.take()
			granted = true
		}
		w.granted <- !b.closed
	}
	return granted
}

// release gives the room of the oldest back.
func (b *queueBound) release(bytes int) {
	b.since = b.since[1:]
	b.bytes -= bytes
	if len(b.since) == 0 && b.empty != nil {
		close(b.empty)
		b.empty = nil
	}
}

// whenEmpty returns what is closed when nothing holds room.
func (b *queueBound) whenEmpty() <-chan struct{} {
	if len(b.since) == 0 {
		already := make(chan struct{})
		close(already)
		return already
	}
	if b.empty == nil {
		b.empty = make(chan struct{})
	}
	return b.empty
}

// oldestWaited is how long the oldest has held its room; 0 if there is none.
func (b *queueBound) oldestWaited(now time.Time) time.Duration {
	if len(b.since) == 0 {
		return 0
	}
	return now.Sub(b.since[0])
}

func (b *queueBound) acquire(bytes int, now time.Time) bool {
	if len(b.since) >= b.maxGroups || len(b.since) > 0 && b.bytes+bytes > b.maxBytes {
		return false
	}
	b.since = append(b.since, now)
	b.bytes += bytes
	return true
}
