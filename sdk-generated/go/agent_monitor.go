package swarmlog

import (
	"context"
	"sync"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

const maxUntold = 1_000

// agentMonitor is what others may know of an agent: its state, and why it stopped. Written by the session's steps on the way
// to the program's log and the user's listener, who is told on a goroutine of its own. Safe for concurrent use.
type agentMonitor struct {
	listener AgentListener

	mu      sync.Mutex
	log     *agentLog
	state   AgentState
	refusal *Error
	// Closed and made anew with each state.
	changed chan struct{}
	// What the listener is to be told, in order: at most maxUntold. `woken` holds a token while there is something.
	untold  []func()
	leftOut int
	woken   chan struct{}
}

func newAgentMonitor(log *agentLog, listener AgentListener) *agentMonitor {
	return &agentMonitor{
		log: log, listener: listener, changed: make(chan struct{}), woken: make(chan struct{}, 1),
	}
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

// tellListener calls the listener until ctx is done, and then whatever still waits.
func (m *agentMonitor) tellListener(ctx context.Context) {
	for {
		done := ctx.Err() != nil
		for _, call := range m.takeUntold() {
			if err := guarded(func() error { call(); return nil }); err != nil {
				m.logging(func(log *agentLog) { log.listenerPanicked(err) })
			}
		}
		if done {
			return
		}
		select {
		case <-m.woken:
		case <-ctx.Done():
		}
	}
}

func (m *agentMonitor) takeUntold() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	untold := m.untold
	m.untold = nil
	if m.leftOut > 0 {
		m.log.notTold(m.leftOut)
		m.leftOut = 0
	}
	return untold
}

// tell has the listener told, after what waits.
func (m *agentMonitor) tell(call func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.untold) >= maxUntold {
		m.leftOut++
		return
	}
	m.untold = append(m.untold, call)
	select {
	case m.woken <- struct{}{}:
	default:
	}
}

func (m *agentMonitor) logging(write func(*agentLog)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	write(m.log)
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
	m.log.refused(why)
	m.mu.Unlock()
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
		m.tell(func() { told(log, lost) })
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
