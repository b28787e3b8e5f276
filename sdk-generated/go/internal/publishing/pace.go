package publishing

import (
	"time"

	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
)

// SendWindow is how many groups a producer may have in flight.
//
// After a refusal a single one is tried, then twice as many with each answer, up to what the coordinator allows: what lies
// behind a refused group is sent in vain, so where much is refused little is sent. See "slow start", RFC 5681.
type SendWindow struct {
	// 1 <= allowed <= most.
	most, allowed int
}

// NewSendWindow makes a window for one group.
func NewSendWindow() *SendWindow { return &SendWindow{1, 1} }

// Open begins with a stream that takes so many.
func (w *SendWindow) Open(groups int) {
	w.most = max(1, groups)
	w.allowed = w.most
}

// Shrink sends one, and no other before it is answered.
func (w *SendWindow) Shrink() { w.allowed = 1 }

// Grow notes that one was answered as it should be.
func (w *SendWindow) Grow() { w.allowed = min(w.most, 2*w.allowed) }

// HasRoom says whether another one may be sent.
func (w *SendWindow) HasRoom(inFlight int) bool { return inFlight < w.allowed }

// retryPace says when a producer sends again, or comes back.
//
// What the coordinator says of this publisher alone (Failure.WaitTold) is obeyed to the letter; everything else follows
// the backoff, and its upper half beyond the retry budget and while the breaker is open.
type retryPace struct {
	backoff *backoff.Backoff
	budget  *backoff.Budget
}

// welcomed notes that a stream is open.
func (p *retryPace) welcomed(now time.Time) { p.backoff.Succeeded(now) }

// appended notes that a group was appended.
func (p *retryPace) appended(now time.Time) {
	p.backoff.Succeeded(now)
	p.budget.Succeeded(1)
}

// afterRefusal returns how long to wait after a group was refused. Those behind it are no retries of their own: they were
// refused for it. isOpen says whether the breaker is.
func (p *retryPace) afterRefusal(why failure.Failure, now time.Time, isOpen bool) time.Duration {
	if told := why.WaitTold(); told > 0 {
		return p.backoff.Told(told)
	}
	if !isOpen && p.budget.Take() {
		return p.backoff.Next(now, why.RetryAfter)
	}
	return p.backoff.Long(now, why.RetryAfter)
}

// afterEnd returns how long to wait before another stream is opened. lost says whether the one before had been welcomed,
// isOpen whether the breaker is.
func (p *retryPace) afterEnd(why failure.Failure, now time.Time, lost, isOpen bool) time.Duration {
	switch told := why.WaitTold(); {
	case told > 0:
		return p.backoff.Told(told)
	case isOpen:
		return p.backoff.Long(now, why.RetryAfter)
	case lost:
		return p.backoff.AfterLoss(now, why.RetryAfter)
	default:
		return p.backoff.Next(now, why.RetryAfter)
	}
}
