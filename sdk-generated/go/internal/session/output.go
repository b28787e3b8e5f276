package session

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/names"
)

// TimerKind is what a timer is for.
type TimerKind int

// The timers of an agent's session.
const (
	TimerHandshake TimerKind = iota
	TimerHeartbeat
	TimerReconnect
	TimerRetry
	TimerNack
	TimerBreaker
	TimerFlush
	TimerSums
)

// String is the kind as transcripts have it.
func (k TimerKind) String() string {
	return [...]string{"HANDSHAKE", "HEARTBEAT", "RECONNECT", "RETRY", "NACK", "BREAKER", "FLUSH", "SUMS"}[k]
}

// TimerKey names a timer; starting it again replaces it.
type TimerKey struct {
	Kind TimerKind
	// Lane is 0 for timers of the whole session.
	Lane names.Log
}

// LaneOutput is what a lane wants done.
type LaneOutput interface {
	// RequestFrame asks the stream for one more frame.
	RequestFrame(log names.Log)
	// Deliver hands the step to the handler and commits it; answered by Applied, ApplyFailed or Refused.
	Deliver(step *Step)
	// DeliverAgain hands the same step over again.
	DeliverAgain(log names.Log)
	// GoOn hands the same step over again, from behind the operation that was refused.
	GoOn(log names.Log)
	// SendAck tells the coordinator what is durably applied.
	SendAck(ack *swarmlogv1.Ack)
	// SendDigests answers a query.
	SendDigests(log names.Log, report *swarmlogv1.DigestReport)
	// SendNack tells the coordinator on Control what the agent cannot apply.
	SendNack(nack *swarmlogv1.Nack)
	// StartTimer starts a timer; one with the same key is replaced.
	StartTimer(key TimerKey, delay time.Duration)
}

// Output is what the session wants done. None of it blocks, and none of it comes back by itself.
type Output interface {
	LaneOutput
	// OpenControl opens Control and sends Hello.
	OpenControl(hello *swarmlogv1.Hello)
	// OpenLane opens a Data stream and attaches it, to follow the plan; it asks for no frame yet.
	OpenLane(sessionID string, log names.Log, plan *swarmlogv1.LogPlan)
	// DeltaBegan says that a lane that is attached is given a delta, from one position to the other.
	DeltaBegan(stands, head *swarmlogv1.Position)
	// SyncEnded says that what a plan or a delta brought is applied and committed. `report` is nil where the coordinator sends
	// no receipts; `received` are the operations that came since the lane was attached, and `duplicates` of them those that had
	// come before.
	SyncEnded(log names.Log, report *SyncReport, received, duplicates int)
	// EndStreams ends every stream of the session; gently lets what was written arrive. Nothing of them may come in any more.
	EndStreams(gently bool)
	// SendHeartbeat tells the coordinator that the agent lives. `known` is what the session knows of it; when it is sent, and
	// how long handlers have been running or are held, is to be added.
	SendHeartbeat(known *swarmlogv1.Heartbeat)
}

// Listener is told what happens to a session.
type Listener interface {
	// Connected says that a session is open.
	Connected(sessionID string, plans []*swarmlogv1.LogPlan)
	// Lost says that events can never be handed out to the agent.
	Lost(log names.Log, lost []*swarmlogv1.LostEvents)
	// Parted says that the agent had applied what may be in the log no more. `fork` is the last operation that both histories
	// have; nil if that is not known.
	Parted(applied, fork *swarmlogv1.Position)
	// CaughtUp says that everything up to the position is applied and committed.
	CaughtUp(position *swarmlogv1.Position, received, duplicates int)
	// Synced says that a sync ended.
	Synced(report SyncReport)
	// Drifted says that what the agent held differed, and was mended.
	Drifted(repair RepairReport)
	// FellBehind says that the agent is served from disk.
	FellBehind(position, head *swarmlogv1.Position)
	// Draining says that the coordinator is about to go.
	Draining(reason string)
	// Disconnected says that the session ended, or could not be opened.
	Disconnected(why failure.Failure, retryIn time.Duration)
	// Refused says that the agent has stopped for good.
	Refused(why failure.Failure)
	// NackAnswered says that the coordinator has answered what becomes of an operation.
	NackAnswered(reply *swarmlogv1.NackReply)
	// HandlerHeld says that the handler of a lane fails nearly always: it is left alone.
	HandlerHeld(log names.Log, retryIn time.Duration)
	// TelemetryDropped says that telemetry was lost.
	TelemetryDropped(count uint64)
	// StateChanged says that the session is in another state.
	StateChanged(state State)
}
