package publishing

import (
	"fmt"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

// BreakerState says whether a publisher sends. Publications are taken into its queue in any case.
type BreakerState int

const (
	// BreakerClosed: it sends.
	BreakerClosed BreakerState = iota
	// BreakerOpen: it sends nothing for a while. It was refused, or could not reach the coordinator, five times in a row,
	// or the coordinator said that it does not serve it (BREAKER_OPEN).
	BreakerOpen
	// BreakerHalfOpen: it tries one group. If that is answered it goes on, else it waits again.
	BreakerHalfOpen
)

// String returns "closed", "open" or "half-open".
func (s BreakerState) String() string {
	switch s {
	case BreakerClosed:
		return "closed"
	case BreakerOpen:
		return "open"
	case BreakerHalfOpen:
		return "half-open"
	default:
		return fmt.Sprintf("BreakerState(%d)", int(s))
	}
}

// BreakerListener hears of each change. Must not block.
type BreakerListener interface {
	// BreakerChanged: it is open, tries a group, or is closed again. why is the last failure, nil if it is closed; nothing
	// is sent for so long from now on, 0 unless it is open.
	BreakerChanged(changed BreakerState, why *failure.Failure, wait time.Duration)
}

// breaker is a circuit breaker for what a producer sends.
//
// Opens when nothing of it is taken, so that a coordinator that is away, overloaded or refuses it is left alone for a
// while; then one group is tried. See "Circuit Breaker" in Release It!, M. Nygard.
//
//	         5 failed in a row,
//	         or BREAKER_OPEN             wait is over             answered
//	CLOSED -----------------------> OPEN -----------> HALF_OPEN ---------> CLOSED
//	                                 ^                    |
//	                                 +------ failed ------+
//
// Has no clock: its owner waits as retryPace says, and says when the wait is over.
type breaker struct {
	listener    BreakerListener
	last        failure.Failure
	failedInRow int
	state       BreakerState
}

func (b *breaker) isOpen() bool { return b.state == BreakerOpen }

// answered notes that the coordinator took something, or refused it for its own sake.
func (b *breaker) answered() {
	b.failedInRow = 0
	if b.state == BreakerHalfOpen {
		b.state = BreakerClosed
		b.listener.BreakerChanged(BreakerClosed, nil, 0)
	}
}

// failed notes a refusal that another try may not meet, or the end of a stream.
func (b *breaker) failed(why failure.Failure) {
	b.last = why
	b.failedInRow++
	if b.state == BreakerHalfOpen || b.failedInRow >= swarmlogv1.PublisherBreakerFailuresInARow ||
		why.Reason == failure.BreakerOpen {
		b.state = BreakerOpen
	}
}

// waits tells, if the breaker is open, that the owner waits.
func (b *breaker) waits(wait time.Duration) {
	if b.isOpen() {
		b.listener.BreakerChanged(BreakerOpen, &b.last, wait)
	}
}

// probe tries one group: the wait is over.
func (b *breaker) probe() {
	if b.isOpen() {
		b.state = BreakerHalfOpen
		b.failedInRow = 0
		b.listener.BreakerChanged(BreakerHalfOpen, &b.last, 0)
	}
}
