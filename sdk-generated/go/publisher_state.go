package swarmlog

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/publishing"
)

// BreakerState says whether a publisher sends: BreakerClosed, BreakerOpen or BreakerHalfOpen. Publications are taken into
// its queue in any case.
type BreakerState = publishing.BreakerState

// The states of a publisher's circuit breaker.
const (
	// BreakerClosed: it sends.
	BreakerClosed = publishing.BreakerClosed
	// BreakerOpen: it sends nothing for a while. It was refused, or could not reach the coordinator, five times in a row,
	// or the coordinator said that it does not serve it (BREAKER_OPEN).
	BreakerOpen = publishing.BreakerOpen
	// BreakerHalfOpen: it tries one group. If that is answered it goes on, else it waits again.
	BreakerHalfOpen = publishing.BreakerHalfOpen
)

// PublisherState is how a publisher fares with one log.
type PublisherState struct {
	// Log is main or control: each has a stream, a queue and a breaker of its own.
	Log Log
	// Breaker says whether it sends.
	Breaker BreakerState
	// Why is what keeps the breaker from being closed, or what it waits for; else nil.
	//
	// Or, for a rate limit, the last refusal until the groups that waited then are answered, also while the breaker is
	// closed. A coordinator that holds the stream for a rate limit, as it does first, says nothing: then the oldest group
	// waits longer and longer.
	Why *Error
	// Until is when it sends again; zero unless it waits.
	Until time.Time
	// QueuedGroups wait for their answer, sent or not.
	QueuedGroups int
	// QueuedBytes are theirs, serialized.
	QueuedBytes int
	// OldestWaited is how long the oldest of those has been waiting; 0 if there is none.
	OldestWaited time.Duration
}

type waitReason struct {
	why   *Error
	until time.Time
}

// publisherMonitor is what others may know of a publisher in one log: its listener, and the log of its program, which it
// tells that it sends nothing and why, and that it does again. Guarded by its producer's turns.
//
// A publisher that is refused for a rate limit comes again when it was told, and under a flood is refused again. That is
// one wait for whoever listens: it begins with the first such refusal, and is over when every group that waited at the last
// one has been answered.
type publisherMonitor struct {
	log      Log
	target   string
	bound    *queueBound
	logger   *slog.Logger
	tell     func(PublisherState)
	tellLost func(Log, uint64, *swarmlogv1.Position)
	later    func(func())
	failures failure.Repeated

	breaker BreakerState
	opened  waitReason
	paused  waitReason
	// The last refusal for a rate limit, while that is felt.
	limit *Error
	// Of the groups that waited when it was refused last for a rate limit, those not answered. 0: it is not limited.
	limitedGroups int
	// Since it sent last a line said that it does not.
	saidOpen bool
}

func (m *publisherMonitor) state(now time.Time) PublisherState {
	state := PublisherState{
		Log: m.log, Breaker: m.breaker, Why: m.limit, QueuedGroups: len(m.bound.since), QueuedBytes: m.bound.bytes,
		OldestWaited: m.bound.oldestWaited(now), Until: m.opened.until,
	}
	if m.paused.why != nil {
		state.Why = m.paused.why
	}
	if m.opened.why != nil {
		state.Why = m.opened.why
	}
	if state.Until.IsZero() {
		state.Until = m.paused.until
	}
	return state
}

func (m *publisherMonitor) breakerChanged(changed BreakerState, why *failure.Failure, wait time.Duration) {
	m.breaker = changed
	m.opened = waitReason{}
	if why != nil {
		m.opened = reasonOf(*why, wait)
	}
	switch {
	case why != nil && wait > 0:
		m.sayOpened(*why, wait)
	case changed == BreakerClosed && m.saidOpen:
		m.saidOpen = false
		m.write(slog.LevelInfo, "Sends again to "+m.target)
	}
	m.tellListener()
}

func (m *publisherMonitor) waits(why failure.Failure, wait time.Duration) {
	m.paused = reasonOf(why, wait)
	if why.Reason != failure.RateLimited {
		return
	}
	m.limit = m.paused.why
	begins := m.limitedGroups == 0
	m.limitedGroups = max(1, len(m.bound.since))
	if !begins {
		return
	}
	if leftOut, log := m.failures.Count(failure.OfFailure(why), time.Now()); log {
		m.write(slog.LevelWarn, fmt.Sprintf("Limited by %s, while %d groups wait: %v%s", m.target, len(m.bound.since), why,
			failure.Others(leftOut)))
	}
	m.tellListener()
}

func (m *publisherMonitor) resumed() { m.paused = waitReason{} }

// lost tells as publishing.ProducerOutput.AcknowledgedLost says.
func (m *publisherMonitor) lost(groups uint64, newest *swarmlogv1.Position) {
	m.write(slog.LevelWarn, fmt.Sprintf("Published what %s has lost: the newest %d groups that were acknowledged, up to "+
		"operation %d, are not in the log any more, and are not published again", m.target, groups, newest.GetOpId()))
	if m.tellLost != nil {
		m.later(func() {
			aside(func() { m.tellLost(m.log, groups, newest) })
		})
	}
}

// answered notes that the oldest group has its answer, and gave back its room.
func (m *publisherMonitor) answered() {
	if m.limitedGroups == 0 {
		return
	}
	m.limitedGroups--
	if m.limitedGroups == 0 {
		m.limit = nil
		m.tellListener()
	}
}

func (m *publisherMonitor) sayOpened(why failure.Failure, wait time.Duration) {
	leftOut, log := m.failures.Count(failure.OfFailure(why), time.Now())
	if !log {
		return
	}
	m.saidOpen = true
	m.write(slog.LevelWarn, fmt.Sprintf("Sends nothing to %s until %s, for %s, while %d groups wait: %v%s", m.target,
		m.opened.until.UTC().Format("2006-01-02T15:04:05.000Z"), seconds(wait), len(m.bound.since), why,
		failure.Others(leftOut)))
}

func (m *publisherMonitor) write(level slog.Level, line string) {
	m.later(func() {
		aside(func() { m.logger.Log(context.Background(), level, line, "log", m.log.String()) })
	})
}

func (m *publisherMonitor) tellListener() {
	if m.tell != nil {
		state := m.state(time.Now())
		m.later(func() {
			aside(func() { m.tell(state) })
		})
	}
}

func reasonOf(why failure.Failure, wait time.Duration) waitReason {
	reason := waitReason{why: retryableError(why)}
	if wait > 0 {
		reason.until = time.Now().Add(wait)
	}
	return reason
}

// seconds is a time as lines of the log say it: "0.3 s".
func seconds(of time.Duration) string { return fmt.Sprintf("%.1f s", of.Seconds()) }
