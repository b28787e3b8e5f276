package swarmlog

import (
	"context"
	"sync"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/session"
)

// agentShell is the input and output of an agent's session: streams, timers, handlers. Every step of the session is taken
// under its lock, which is never held while a handler, a store or the network is waited for.
type agentShell struct {
	connection *Connection
	syncs      *syncSpans
	handlers   map[Log]*laneHandler

	mu      sync.Mutex
	session *session.Session
	ended   bool
	control *controlStream
	lanes   map[Log]*laneStream
	timers  map[session.TimerKey]*shellTimer
	// While the session is told that a step is committed.
	acking *ackSpans
	// Whether somebody waits for the connection to be lost.
	watching bool

	// Streams that are not over, handlers, and what waits for the connection to be lost.
	running sync.WaitGroup
	ctx     context.Context
	cancel  context.CancelFunc
}

// shellTimer is compared by its address: one that was replaced may be about to fire.
type shellTimer struct {
	timer *time.Timer
	ends  time.Time
}

func newAgentShell(ctx context.Context, connection *Connection, syncs *syncSpans) *agentShell {
	shell := &agentShell{
		connection: connection, syncs: syncs, handlers: make(map[Log]*laneHandler),
		lanes: make(map[Log]*laneStream), timers: make(map[session.TimerKey]*shellTimer),
	}
	shell.ctx, shell.cancel = context.WithCancel(ctx)
	return shell
}

// start connects; session and handlers are to be filled in before.
func (s *agentShell) start() {
	for _, handler := range s.handlers {
		s.running.Go(func() { handler.work(s.ctx) })
	}
	s.step((*session.Session).Start)
}

// close finishes what handlers hold, and ends the session.
func (s *agentShell) close() {
	s.step(func(of *session.Session) { of.Close(time.Now()) })
}

// abort ends everything now. `done` is closed when it is over, and nothing of the agent is left.
func (s *agentShell) abort() (done <-chan struct{}) {
	s.mu.Lock()
	s.session.Abort()
	s.ended = true
	for _, timer := range s.timers {
		timer.timer.Stop()
	}
	clear(s.timers)
	s.mu.Unlock()
	s.cancel()
	over := make(chan struct{})
	go func() {
		s.running.Wait()
		close(over)
	}()
	return over
}

// step takes a step of the session, unless it has ended.
func (s *agentShell) step(take func(*session.Session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		take(s.session)
	}
}

func (s *agentShell) clockOffset() (ClockOffset, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.ClockOffset()
}

// From handlers.

func (s *agentShell) applied(log Log, done *session.Prepared, acks ackSpans) {
	s.step(func(of *session.Session) {
		s.acking = &acks
		of.Applied(log, done, time.Now())
		s.acking = nil
	})
	acks.notSent()
}

func (s *agentShell) failed(log Log) {
	s.step(func(of *session.Session) { of.ApplyFailed(log, time.Now()) })
}

func (s *agentShell) refused(log Log, nack *swarmlogv1.Nack, appliedBefore int) {
	s.step(func(of *session.Session) { of.Refused(log, nack, appliedBefore, time.Now()) })
}

func (s *agentShell) stopped(why failure.Failure) {
	s.step(func(of *session.Session) { of.HandlerStopped(why) })
}

// From streams, with the lock held.

func (s *agentShell) streamEnded(why failure.Failure) {
	if s.ended {
		return
	}
	s.session.StreamEnded(why, time.Now())
	if s.session.WaitsUnserved() && !s.watching {
		s.watching = true
		s.running.Go(s.watchConnection)
	}
}

func (s *agentShell) watchConnection() {
	s.connection.lost(s.ctx)
	s.step(func(of *session.Session) {
		s.watching = false
		of.ConnectionLost(time.Now())
	})
}

// From the session, as session.Output says.

func (s *agentShell) OpenControl(hello *swarmlogv1.Hello) { s.control = openControl(s, hello) }

func (s *agentShell) OpenLane(sessionID string, log Log, plan *swarmlogv1.LogPlan) {
	attach := &swarmlogv1.Attach{SessionId: sessionID, Log: log.Wire()}
	text := s.syncs.attach(log, plan)
	attach.Traceparent, attach.Tracestate = text.Traceparent, text.Tracestate
	s.lanes[log] = openLane(s, log, attach)
}

func (s *agentShell) DeltaBegan(stands, head *swarmlogv1.Position) { s.syncs.fellBehind(stands, head) }

func (s *agentShell) SyncEnded(log Log, report *SyncReport, received, duplicates int) {
	s.syncs.ended(log, report, received, duplicates)
}

func (s *agentShell) EndStreams(gently bool) {
	s.syncs.interrupted()
	for _, lane := range s.lanes {
		lane.end(gently)
	}
	clear(s.lanes)
	if s.control != nil {
		s.control.end(gently)
		s.control = nil
	}
}

func (s *agentShell) SendHeartbeat(known *swarmlogv1.Heartbeat) {
	if s.control == nil {
		return
	}
	known.SentUnixNano = uint64(time.Now().UnixNano())
	for _, handler := range s.handlers {
		known.HandlerRunningMs = max(known.HandlerRunningMs, uint64(handler.watch.running().Milliseconds()))
	}
	for key, timer := range s.timers {
		if key.Kind == session.TimerBreaker {
			known.HandlerHeldMs = max(known.HandlerHeldMs, uint64(max(0, time.Until(timer.ends).Milliseconds())))
		}
	}
	s.control.send(&swarmlogv1.ControlRequest{Frame: &swarmlogv1.ControlRequest_Heartbeat{Heartbeat: known}})
}

func (s *agentShell) SendNack(nack *swarmlogv1.Nack) {
	if s.control != nil {
		s.control.send(&swarmlogv1.ControlRequest{Frame: &swarmlogv1.ControlRequest_Nack{Nack: nack}})
	}
}

func (s *agentShell) SendAck(ack *swarmlogv1.Ack) {
	if lane := s.lanes[Log(ack.GetApplied().GetLog())]; lane != nil {
		lane.send(&swarmlogv1.DataRequest{Frame: &swarmlogv1.DataRequest_Ack{Ack: ack}})
	}
	if s.acking != nil {
		s.acking.sent()
	}
}

func (s *agentShell) SendDigests(log Log, report *swarmlogv1.DigestReport) {
	if lane := s.lanes[log]; lane != nil {
		lane.send(&swarmlogv1.DataRequest{Frame: &swarmlogv1.DataRequest_DigestReport{DigestReport: report}})
	}
}

func (s *agentShell) RequestFrame(log Log) {
	if lane := s.lanes[log]; lane != nil {
		lane.stream.Request()
	}
}

func (s *agentShell) Deliver(step *session.Step) { s.handlers[step.Log].deliver(step) }

func (s *agentShell) DeliverAgain(log Log) { s.handlers[log].deliverAgain() }

func (s *agentShell) GoOn(log Log) { s.handlers[log].goOn() }

func (s *agentShell) StartTimer(key session.TimerKey, delay time.Duration) {
	if replaced := s.timers[key]; replaced != nil {
		replaced.timer.Stop()
	}
	started := &shellTimer{ends: time.Now().Add(delay)}
	s.timers[key] = started
	started.timer = time.AfterFunc(delay, func() { s.fire(key, started) })
}

func (s *agentShell) fire(key session.TimerKey, fired *shellTimer) {
	s.step(func(of *session.Session) {
		if s.timers[key] == fired {
			delete(s.timers, key)
			of.Timer(key, time.Now())
		}
	})
}
