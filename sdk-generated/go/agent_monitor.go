package swarmlog

import (
	"context"
	"sync"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

// agentMonitor is what others may know of an agent: its state, and why it stopped. Written by the session's steps on the way
// to the program's log and the user's listener, who are told on goroutines of their own. Safe for concurrent use.
type agentMonitor struct {
	listener AgentListener
	// Of the log, which only it touches: what it is to write; and of the listener.
	log              *agentLog
	writing, telling teller

	mu      sync.Mutex
	state   AgentState
	refusal *Error
	// Closed and made anew with each state.
	changed chan struct{}
	// Closed when the newest call of the listener that handlers wait for is over, and so all before it; nil before the first.
	heard chan struct{}
}

func newAgentMonitor(log *agentLog, listener AgentListener) *agentMonitor {
	m := &agentMonitor{log: log, listener: listener, changed: make(chan struct{})}
	// A log handler that fails has nowhere to say so.
	m.writing.panicked, m.writing.leftOut = func(error) {}, func(int) {}
	m.telling.panicked = func(err error) {
		m.logging(func(log *agentLog) { log.listenerPanicked(err) })
	}
	m.telling.leftOut = func(count int) {
		m.logging(func(log *agentLog) { log.notTold(count) })
	}
	return m
}

// until waits for a state; it answers with the one there is then.
func (m *agentMonitor) until(ctx context.Context, met func(AgentState) bool) (AgentState, error) {
	for {
		m.mu.Lock()
		state, changed := m.state, m.changed
		m.mu.Unlock()
		if met(state) {
			return state, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return state, context.Cause(ctx)
		}
	}
}

func (m *agentMonitor) current() AgentState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// refused is why the agent stopped for good; nil if it did not.
func (m *agentMonitor) refusedWith() *Error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refusal
}

// tell has the listener told, after what waits.
func (m *agentMonitor) tell(call func()) { m.telling.tell(call) }

// tellFirst has the listener told, after what waits and before anything is handed to a handler.
func (m *agentMonitor) tellFirst(call func()) {
	heard := make(chan struct{})
	// Also while it is queued: the newest is the last of the queue then.
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = heard
	m.telling.tellAnyway(func() {
		defer close(heard)
		call()
	})
}

// awaitHeard waits until the listener has heard what handlers wait for, or ctx is done.
func (m *agentMonitor) awaitHeard(ctx context.Context) {
	m.mu.Lock()
	heard := m.heard
	m.mu.Unlock()
	if heard == nil {
		return
	}
	select {
	case <-heard:
	case <-ctx.Done():
	}
}

// logging has a line written, after those that wait.
func (m *agentMonitor) logging(write func(*agentLog)) {
	m.writing.tell(func() { write(m.log) })
}

// awaitTold waits until all is told and written, for so long at most: code that does not return must not keep the program
// from ending.
func (m *agentMonitor) awaitTold(most time.Duration) {
	awaitFor(m.telling.told(), most)
	awaitFor(m.writing.told(), most)
}

func (m *agentMonitor) handlerFailed(failed HandlerFailure, decision Decision) {
	if told := m.listener.HandlerFailed; told != nil {
		m.tell(func() { told(failed, decision) })
	}
}

func (m *agentMonitor) publisherChanged(state PublisherState) {
	if told := m.listener.PublisherChanged; told != nil {
		m.tell(func() { told(state) })
	}
}

func (m *agentMonitor) publishedLost(log Log, groups uint64, newest *swarmlogv1.Position) {
	if told := m.listener.PublishedLost; told != nil {
		m.tell(func() { told(log, groups, newest) })
	}
}

// As session.Listener says.

func (m *agentMonitor) StateChanged(state AgentState) {
	m.mu.Lock()
	m.state = state
	close(m.changed)
	m.changed = make(chan struct{})
	m.mu.Unlock()
	if told := m.listener.StateChanged; told != nil {
		m.tell(func() { told(state) })
	}
}

func (m *agentMonitor) Refused(why failure.Failure) {
	refusal := terminalError(why)
	m.mu.Lock()
	m.refusal = refusal
	m.mu.Unlock()
	m.logging(func(log *agentLog) { log.refused(why) })
	if told := m.listener.Refused; told != nil {
		m.tell(func() { told(refusal) })
	}
}

func (m *agentMonitor) Connected(sessionID string, plans []*swarmlogv1.LogPlan) {
	m.logging((*agentLog).connected)
	if told := m.listener.Connected; told != nil {
		m.tell(func() { told(sessionID, plans) })
	}
}

func (m *agentMonitor) Disconnected(why failure.Failure, retryIn time.Duration) {
	m.logging(func(log *agentLog) { log.disconnected(why, retryIn) })
	if told := m.listener.Disconnected; told != nil {
		m.tell(func() { told(retryableError(why), retryIn) })
	}
}

func (m *agentMonitor) Draining(reason string) {
	m.logging(func(log *agentLog) { log.draining = true })
	if told := m.listener.Draining; told != nil {
		m.tell(func() { told(reason) })
	}
}

func (m *agentMonitor) HandlerHeld(log Log, retryIn time.Duration) {
	m.logging(func(to *agentLog) { to.handlerHeld(log, retryIn) })
	if told := m.listener.HandlerHeld; told != nil {
		m.tell(func() { told(log, retryIn) })
	}
}

func (m *agentMonitor) NackAnswered(reply *swarmlogv1.NackReply) {
	m.logging(func(log *agentLog) { log.nackAnswered(reply) })
	if told := m.listener.NackAnswered; told != nil {
		m.tell(func() { told(reply) })
	}
}

func (m *agentMonitor) Lost(log Log, lost []*swarmlogv1.LostEvents) {
	if told := m.listener.Lost; told != nil {
		m.tellFirst(func() { told(log, lost) })
	}
}

func (m *agentMonitor) Parted(applied, fork *swarmlogv1.Position) {
	m.logging(func(log *agentLog) { log.parted(applied, fork) })
	if told := m.listener.Parted; told != nil {
		m.tellFirst(func() { told(applied, fork) })
	}
}

func (m *agentMonitor) CaughtUp(position *swarmlogv1.Position, received, duplicates int) {
	if told := m.listener.CaughtUp; told != nil {
		m.tell(func() { told(position, received, duplicates) })
	}
}

func (m *agentMonitor) Synced(report SyncReport) {
	if told := m.listener.Synced; told != nil {
		m.tell(func() { told(report) })
	}
}

func (m *agentMonitor) Drifted(repair RepairReport) {
	if told := m.listener.Drifted; told != nil {
		m.tell(func() { told(repair) })
	}
}

func (m *agentMonitor) FellBehind(position, head *swarmlogv1.Position) {
	if told := m.listener.FellBehind; told != nil {
		m.tell(func() { told(position, head) })
	}
}

func (m *agentMonitor) TelemetryDropped(count uint64) {
	if told := m.listener.TelemetryDropped; told != nil {
		m.tell(func() { told(count) })
	}
}
