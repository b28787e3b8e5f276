package session

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
)

const (
	breakerFirstWait = swarmlogv1.HandlerBreakerFirstWaitMs * time.Millisecond
	breakerLastWait  = swarmlogv1.HandlerBreakerLastWaitMs * time.Millisecond
	// Far beyond the last wait; keeps the shift below small.
	maxBreakerShift = 30
)

type breakerState int

const (
	breakerClosed breakerState = iota
	breakerOpen
	breakerHalfOpen
)

// HandlerBreaker is a circuit breaker for the handler of one lane.
//
// It opens when the handler refuses nearly everything, so that an agent whose database is away does not refuse, and in the
// end park, all there is. While it is open the lane waits; then one operation is tried. See "Circuit Breaker" in Release It!,
// M. Nygard.
//
//	           8 of 10, 16 of 20 failed          wait is over             applied
//	CLOSED ----------------------------> OPEN -----------> HALF_OPEN ---------> CLOSED
//	                                      ^                    |
//	                                      +--- failed, wait x2 +
//
// It has no clock: its owner waits, and says when the wait is over.
type HandlerBreaker struct {
	jitter *backoff.Backoff
	state  breakerState
	// The last outcomes, true for failed, the oldest first.
	window []bool
	// Since it was closed last.
	openings int
}

// NewHandlerBreaker makes one that is closed.
func NewHandlerBreaker(jitter *backoff.Backoff) *HandlerBreaker {
	return &HandlerBreaker{jitter: jitter}
}

// IsOpen says whether the lane is to wait.
func (b *HandlerBreaker) IsOpen() bool { return b.state == breakerOpen }

// Applied says that so many operations were applied.
func (b *HandlerBreaker) Applied(operations int) {
	if operations <= 0 || b.state == breakerOpen {
		return
	}
	if b.state == breakerHalfOpen {
		b.state = breakerClosed
		b.window = b.window[:0]
		b.openings = 0
		b.jitter.Reset()
		operations--
	}
	for range min(operations, swarmlogv1.HandlerBreakerWindow) {
		b.note(false)
	}
}

// Failed says that one could not be.
func (b *HandlerBreaker) Failed() {
	if b.state == breakerOpen {
		return
	}
	b.note(true)
	failed := 0
	for _, outcome := range b.window {
		if outcome {
			failed++
		}
	}
	judged := len(b.window)
	fails := judged >= swarmlogv1.HandlerBreakerLeast && failed*100 >= swarmlogv1.HandlerBreakerFailedPercent*judged
	if b.state == breakerHalfOpen || fails {
		b.state = breakerOpen
		b.window = b.window[:0]
		b.openings++
	}
}

// Wait is how long to wait now: 5 s, doubling to 5 min, and jitter.
func (b *HandlerBreaker) Wait() time.Duration {
	wait := min(breakerLastWait, breakerFirstWait<<min(b.openings-1, maxBreakerShift))
	return b.jitter.Next(time.Time{}, wait)
}

// Probe says that the wait is over: the next operation is tried.
func (b *HandlerBreaker) Probe() {
	if b.state == breakerOpen {
		b.state = breakerHalfOpen
	}
}

func (b *HandlerBreaker) note(failed bool) {
	if len(b.window) == swarmlogv1.HandlerBreakerWindow {
		copy(b.window, b.window[1:])
		b.window = b.window[:len(b.window)-1]
	}
	b.window = append(b.window, failed)
}
