package session

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/names"
)

// LaneStored is what is stored of a lane.
type LaneStored struct {
	Log names.Log
	// Resume is nil where nothing is stored.
	Resume *swarmlogv1.LogResume
	// LacksKeys: the user's state lacks keys that are held by the index.
	LacksKeys bool
}

// Settings are what a session is made of.
type Settings struct {
	// Identity is Hello without positions.
	Identity *swarmlogv1.Hello
	// Lanes of the view, in the order in which they are attached.
	Lanes    []LaneStored
	Output   Output
	Listener Listener
	Backoffs func() *backoff.Backoff
	// StateInterval is how often the user's state is compared at most; 0 if there is none to ask.
	StateInterval time.Duration
}

// Session is the agent's side of a session: everything that is decided, and nothing that is done.
//
// Frames, timers, ends of streams and finished steps come in as calls; what is to be done goes out to the output.
//
//	| in | on | to | doing |
//	|---|---|---|---|
//	| WAITING | start | CONNECTING | open Control with Hello |
//	| CONNECTING | Welcome | CATCHING_UP | open idle lanes, heartbeat |
//	| CONNECTING | Welcome with a REJECT | FAILED | end streams, tell why |
//	| CONNECTING | handshake timer | WAITING | end streams, reconnect timer |
//	| CATCHING_UP | CaughtUp on the last lane | LIVE | tell so |
//	| LIVE | FellBehind | CATCHING_UP | tell so |
//	| CONNECTING, CATCHING_UP, LIVE | retryable end of a stream | WAITING | end streams, reconnect timer |
//	| CATCHING_UP, LIVE | gap, differing state, misfitting plan, three heartbeats unanswered | WAITING | the same |
//	| CATCHING_UP, LIVE | Drain | DRAINING | read nothing more |
//	| DRAINING (coordinator's) | last batch applied, or stream ended | WAITING | end streams, reconnect timer |
//	| WAITING | reconnect timer | CONNECTING | open Control with Hello |
//	| any but CLOSED, FAILED | terminal end of a stream, handler stopped | FAILED | end streams, tell why |
//	| any but CLOSED, FAILED | close | DRAINING | read nothing more |
//	| DRAINING (our own) | last batch applied, or stream ended, or abort | CLOSED | end streams |
//
// Any other input leaves the state as it is. While it is WAITING because it is not served, a connection that is lost brings
// the reconnect timer forward.
//
// A batch held by a handler survives all of that: see lane.
type Session struct {
	identity   *swarmlogv1.Hello
	output     Output
	listener   Listener
	backoff    *backoff.Backoff
	heartbeats heartbeats
	lanes      []*lane
	state      State
	closing    bool
	// "" without a session.
	sessionID  string
	drainedFor time.Duration
	// While WAITING, when that is over, and whether the coordinator said so because it does not serve the agent.
	reconnectAt time.Time
	notServed   bool
	// The session was established, and ended by the other side: perhaps for many agents at once.
	lost bool
}

// New makes a session that has not begun.
func New(settings Settings) *Session {
	made := &Session{
		identity: settings.Identity,
		output:   settings.Output,
		listener: settings.Listener,
		backoff:  settings.Backoffs(),
	}
	for _, stored := range settings.Lanes {
		made.lanes = append(made.lanes,
			newLane(stored.Log, stored, settings.Output, settings.Backoffs, settings.StateInterval))
	}
	return made
}

// State is what the agent is doing.
func (s *Session) State() State { return s.state }

// ClockOffset is how far the coordinator's clock is ahead; false before a heartbeat was answered.
func (s *Session) ClockOffset() (ClockOffset, bool) { return s.heartbeats.clock.Offset() }

// WaitsUnserved says whether the agent waits because the coordinator does not serve it for a time.
func (s *Session) WaitsUnserved() bool { return s.state == Waiting && s.notServed }

// Position is where a lane stands, committed or not; nil if it has no position yet.
func (s *Session) Position(log names.Log) *swarmlogv1.Position { return s.lane(log).reader.position }

// Ignored are the operations of a lane that came again since the agent was started.
func (s *Session) Ignored(log names.Log) int { return s.lane(log).reader.ignored() }

// OutOfOrder are the frames of a lane that did not follow on what it had since the agent was started.
func (s *Session) OutOfOrder(log names.Log) int { return s.lane(log).reader.outOfOrder }

// Start connects.
func (s *Session) Start() { s.connect() }

// ControlFrame says that a frame of Control has come.
func (s *Session) ControlFrame(frame *swarmlogv1.ControlResponse, now time.Time) {
	switch of := frame.GetFrame().(type) {
	case *swarmlogv1.ControlResponse_Welcome:
		s.welcome(of.Welcome, now)
	case *swarmlogv1.ControlResponse_HeartbeatReply:
		s.heartbeats.answered(of.HeartbeatReply, now)
	case *swarmlogv1.ControlResponse_Drain:
		s.drain(of.Drain, now)
	case *swarmlogv1.ControlResponse_NackReply:
		s.nackReply(of.NackReply)
	}
	// What else there may be is of a later version; what must not be missed would come as a capability we did not ask for.
}

// LaneFrame says that a frame of a lane has come.
func (s *Session) LaneFrame(log names.Log, frame *swarmlogv1.DataResponse, now time.Time) {
	lane := s.lane(log)
	s.outcome(lane, lane.frame(frame), now)
}

// StreamEnded says that a stream of the session ended, or could not be opened.
func (s *Session) StreamEnded(why failure.Failure, now time.Time) {
	switch {
	case s.state.IsFinal() || s.state == Waiting:
	case s.closing:
		s.finish()
	case why.Retryable:
		s.lost = s.sessionID != ""
		s.disconnect(why, now)
	default:
		s.fail(why)
	}
}

// ConnectionLost says that the connection is lost over which the coordinator said for how long it does not serve. What comes
// back may be another one, which knows nothing of that: so the agent comes within 30 s, spread over them as all others that
// lost it.
func (s *Session) ConnectionLost(now time.Time) {
	if !s.WaitsUnserved() || s.closing {
		return
	}
	if delay := s.backoff.Any(); delay < s.reconnectAt.Sub(now) {
		s.reconnectAt = now.Add(delay)
		s.output.StartTimer(TimerKey{Kind: TimerReconnect}, delay)
	}
}

// Applied says that the handler is done with the lane's step, and it is committed. `now` is also when that was, by the agent's
// clock.
func (s *Session) Applied(log names.Log, done *Prepared, now time.Time) {
	lane := s.lane(log)
	s.outcome(lane, lane.applied(done, now), now)
	s.attachIfWaiting(lane, now)
	s.finishDrainIfIdle(now)
}

// ApplyFailed says that the handler failed, and is to try again.
func (s *Session) ApplyFailed(log names.Log, now time.Time) {
	s.lane(log).applyFailed()
	s.finishDrainIfIdle(now)
}

// Refused says that the handler cannot apply an operation: the coordinator is to say what becomes of it. `appliedBefore` are
// the operations it applied since it started or stopped last.
func (s *Session) Refused(log names.Log, nack *swarmlogv1.Nack, appliedBefore int, now time.Time) {
	s.lane(log).refuse(nack, appliedBefore)
	s.finishDrainIfIdle(now)
}

// HandlerStopped says that the handler cannot go on.
func (s *Session) HandlerStopped(why failure.Failure) {
	if !s.state.IsFinal() {
		s.fail(why)
	}
}

// Timer says that a timer is over.
func (s *Session) Timer(key TimerKey, now time.Time) {
	switch {
	case key.Lane != 0:
		if !s.state.IsFinal() {
			s.lane(key.Lane).timer(key.Kind, s.closing)
		}
	case key.Kind == TimerReconnect:
		if s.state == Waiting && !s.closing {
			s.connect()
		}
	case key.Kind == TimerHeartbeat:
		s.heartbeatDue(now)
	case key.Kind == TimerHandshake && s.state == Connecting:
		why := fmt.Sprintf("Expected an answer to Hello within %d s, but there was none",
			swarmlogv1.SessionHandshakeTimeoutMs/1000)
		s.disconnect(failure.Local(codes.DeadlineExceeded, why), now)
	}
}

// Close finishes what handlers hold, and closes.
func (s *Session) Close(now time.Time) {
	if s.state.IsFinal() || s.closing {
		return
	}
	s.closing = true
	for _, lane := range s.lanes {
		lane.flush()
	}
	for _, lane := range s.lanes {
		lane.pause()
	}
	s.enter(Draining)
	s.finishDrainIfIdle(now)
}

// Abort closes without waiting for handlers any longer.
func (s *Session) Abort() {
	if !s.state.IsFinal() {
		s.finish()
	}
}

func (s *Session) connect() {
	hello := proto.CloneOf(s.identity)
	for _, lane := range s.lanes {
		if resume := lane.present(); resume != nil {
			hello.Resume = append(hello.Resume, resume)
		}
	}
	s.drainedFor = 0
	s.enter(Connecting)
	s.output.StartTimer(TimerKey{Kind: TimerHandshake}, swarmlogv1.SessionHandshakeTimeoutMs*time.Millisecond)
	s.output.OpenControl(hello)
}

func (s *Session) welcome(welcome *swarmlogv1.Welcome, now time.Time) {
	if s.state != Connecting {
		return
	}
	plans := make(map[names.Log]*swarmlogv1.LogPlan)
	for _, plan := range welcome.GetPlans() {
		if plan.GetPlan() == swarmlogv1.Plan_PLAN_REJECT {
			s.fail(failure.OfStatus(plan.GetStatus()))
			return
		}
		plans[names.Log(plan.GetLog())] = plan
	}
	s.backoff.Succeeded(now)
	s.sessionID = welcome.GetSessionId()
	s.heartbeats.begin(welcome.GetHeartbeatIntervalMs())
	s.enter(CatchingUp)
	s.listener.Connected(welcome.GetSessionId(), welcome.GetPlans())
	for _, lane := range s.lanes {
		if lost := plans[lane.log].GetLost(); len(lost) > 0 {
			s.listener.Lost(lane.log, lost)
		}
		s.tellParted(lane, plans[lane.log])
	}
	agreed := termsOf(welcome)
	for _, lane := range s.lanes {
		plan := plans[lane.log]
		if plan == nil {
			plan = &swarmlogv1.LogPlan{}
		}
		lane.takePlan(plan, agreed)
	}
	for _, lane := range s.lanes {
		s.attachIfWaiting(lane, now)
	}
	s.heartbeatDue(now)
}

// tellParted: what a handler still has counts as applied.
func (s *Session) tellParted(lane *lane, plan *swarmlogv1.LogPlan) {
	applied, start := lane.appliedTo(), plan.GetStart()
	if applied.GetOpId() == 0 || start == nil || isSameHistory(applied, start) || isShared(applied, plan) {
		return
	}
	s.listener.Parted(applied, plan.GetFork())
}

func (s *Session) nackReply(reply *swarmlogv1.NackReply) {
	if s.state.IsFinal() {
		return
	}
	for _, lane := range s.lanes {
		if lane.log != names.Log(reply.GetLog()) || !lane.nackReply(reply) {
			continue
		}
		s.listener.NackAnswered(reply)
		if held := lane.holdsFor(); held > 0 {
			s.listener.HandlerHeld(lane.log, held)
		}
	}
}

func (s *Session) attachIfWaiting(lane *lane, now time.Time) {
	if s.sessionID == "" || !s.inSession() || !lane.canAttach() {
		return
	}
	if misfit := lane.reader.planMisfit(lane.plan); misfit != "" {
		s.disconnect(failure.Local(codes.Aborted, misfit), now)
		return
	}
	s.output.OpenLane(s.sessionID, lane.log, lane.plan)
	lane.attach()
}

func (s *Session) outcome(lane *lane, of outcome, now time.Time) {
	switch of := of.(type) {
	case caughtUp:
		s.caughtUp(lane, of.report)
	case behind:
		stands := lane.reader.position
		if stands == nil {
			stands = beginning(of.head)
		}
		s.output.DeltaBegan(stands, of.head)
		s.listener.FellBehind(stands, of.head)
		if s.state == Live {
			s.enter(CatchingUp)
		}
	case mended:
		s.listener.Drifted(of.report)
	case dropped:
		s.listener.TelemetryDropped(of.count)
	case resync:
		if of.report != nil {
			s.output.SyncEnded(lane.log, of.report, lane.reader.received, lane.reader.duplicates)
			s.listener.Synced(*of.report)
		}
		if s.inSession() {
			s.disconnect(failure.Local(codes.Aborted, of.why), now)
		}
	}
}

func (s *Session) caughtUp(lane *lane, report *SyncReport) {
	s.output.SyncEnded(lane.log, report, lane.reader.received, lane.reader.duplicates)
	if report != nil {
		s.listener.Synced(*report)
	}
	position := lane.reader.position
	if position == nil {
		position = &swarmlogv1.Position{Log: lane.log.Wire()}
	}
	s.listener.CaughtUp(position, lane.reader.received, lane.reader.duplicates)
	if s.state != CatchingUp {
		return
	}
	for _, each := range s.lanes {
		if !each.isCaughtUp() {
			return
		}
	}
	s.enter(Live)
}

func (s *Session) heartbeatDue(now time.Time) {
	if s.sessionID == "" || s.state.IsFinal() || s.state == Waiting {
		return
	}
	if s.heartbeats.areUnanswered() {
		why := fmt.Sprintf("Expected an answer to one of the last %d heartbeats, but there was none",
			swarmlogv1.SessionMaxUnansweredHeartbeats)
		s.StreamEnded(failure.Local(codes.Unavailable, why), now)
		return
	}
	heartbeat := s.heartbeats.next()
	for _, lane := range s.lanes {
		heartbeat.IgnoredDuplicates += uint64(lane.reader.ignored())
		heartbeat.OutOfOrder += uint64(lane.reader.outOfOrder)
	}
	s.output.SendHeartbeat(heartbeat)
	s.output.StartTimer(TimerKey{Kind: TimerHeartbeat}, s.heartbeats.interval)
}

func (s *Session) inSession() bool { return s.state == CatchingUp || s.state == Live }

func (s *Session) enter(following State) {
	if following != s.state {
		s.state = following
		s.listener.StateChanged(following)
	}
}

func (s *Session) lane(log names.Log) *lane {
	for _, lane := range s.lanes {
		if lane.log == log {
			return lane
		}
	}
	panic(fmt.Sprintf("Expected a lane of the view, but got %v", log))
}
