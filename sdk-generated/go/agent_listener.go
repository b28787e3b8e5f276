package swarmlog

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/session"
)

// AgentState is what an agent is doing. Its String is for people to read: "catching up". IsFinal says whether no other state
// follows.
type AgentState = session.State

// The states of an agent.
const (
	// AgentWaiting: not connected; the next try comes by itself.
	AgentWaiting = session.Waiting
	// AgentConnecting: about to open a session.
	AgentConnecting = session.Connecting
	// AgentCatchingUp: connected, and not at the head of every log yet.
	AgentCatchingUp = session.CatchingUp
	// AgentLive: at the head of every log.
	AgentLive = session.Live
	// AgentDraining: reads nothing more, and finishes what handlers have.
	AgentDraining = session.Draining
	// AgentClosed: closed by its owner.
	AgentClosed = session.Closed
	// AgentFailed: stopped for good, since trying again would give the same answer.
	AgentFailed = session.Failed
)

// SyncReport says how a sync of one log ended: what came, and whether the agent holds what it should hold. Its String is one
// line: `main 5 -> 23 by delta, exact: 8 received, 0 redundant, 6 superseded, 3 net zero, 1 expired, no mismatch`.
//
// From and Target are positions, Plan is how the coordinator brought the agent up to date (PLAN_DELTA also where a live agent
// fell behind), Exact that it knew what the agent held. Received are operations of the delta, Paged those in pages of keyed
// state, Redundant keyed ones that changed nothing: 0 where the sync is exact. Superseded, NetZero and Expired did not come,
// as the coordinator counts them. Mismatches says in words where the agent's sums differ from the coordinator's; it is empty
// if it is proven that the agent holds what it should hold.
type SyncReport = session.SyncReport

// RepairReport says that what an agent held of a scope was not what the log holds, and that the coordinator mended it.
//
// Position is where the agent stood, Scope where it differed. Keys were set or deleted; each was handed to the handler.
// Events says that those counted differed: some were lost or came twice, which cannot be mended. What went wrong happened
// behind GoodOpID; 0 if that is not known.
type RepairReport = session.RepairReport

// ClockOffset is how far the coordinator's clock is ahead of the agent's: Offset is to be added to the agent's clock, and the
// true one lies within Uncertainty, either way.
type ClockOffset = session.ClockOffset

// AgentListener is told what happens to an agent. Set what is of interest.
//
// Its functions are called on a goroutine of the agent's, one at a time and in order. One that blocks holds up what is told,
// and nothing else but what handlers wait for, Lost and Parted: beyond 1,000 that wait, what happens is not told, but for these
// two, and the log of the program says so.
type AgentListener struct {
	// Connected: a session is open. The plans say of each log in the view how the coordinator brings the agent up to date,
	// and why.
	Connected func(sessionID string, plans []*swarmlogv1.LogPlan)
	// Lost: the log has been compacted beyond where the agent stood. These must-deliver events can never be handed out to it,
	// by scope; a count of 0 if it is not known how many. Told before the first batch of the session is, which waits until this
	// call has returned: until then the agent stands where it stood, and is told again if it ends meanwhile. So one that ends
	// the agent does that on a goroutine of its own. Keyed state is taken over whole, so nothing is missing there.
	Lost func(log Log, lost []*swarmlogv1.LostEvents)
	// Parted: the coordinator has lost operations that it had acknowledged, and the agent may have applied some of them: those
	// above the fork, up to applied, where it stood in the epoch that ended, are in the log no more, and others may have their
	// numbers. The fork is the last operation that both histories have, nil if the coordinator does not know it. Keyed state is
	// taken over as the log has it now. Events stay applied: what they did has to be looked at. Told before the first batch of
	// a session is, which waits as for Lost, and again with each session until something has been applied in it. Not told where the history that the
	// agent knows is part of the log's, though another epoch has begun.
	Parted func(applied, fork *swarmlogv1.Position)
	// CaughtUp: everything up to the position has been applied and its cursor committed. Told once per lane and session, and
	// after each FellBehind. received are the operations applied on this lane since it attached; duplicates came again since
	// then and were ignored.
	CaughtUp func(position *swarmlogv1.Position, received, duplicates int)
	// Synced: a sync of one log ended. Told before CaughtUp. Where the keyed state differs, the agent connects again by itself
	// and takes it over whole, once; events that differ cannot be fetched again. Not told by a coordinator that sends no
	// receipts.
	Synced func(report SyncReport)
	// Drifted: what the agent held of a scope differed from the log, and was mended. The coordinator noticed it by the sums
	// that the agent reports while it is live. Told when the repair has been applied and committed. Something is wrong where
	// the agent runs: its store, its handlers, or what else writes to its state.
	Drifted func(repair RepairReport)
	// FellBehind: the agent is behind what the coordinator holds in memory. It is served from disk until it has caught up: it
	// gets one operation per changed key, however far it is behind.
	FellBehind func(position, head *swarmlogv1.Position)
	// Draining: the coordinator is about to go; the agent finishes its batches and connects again.
	Draining func(reason string)
	// Disconnected: the session ended, or could not be opened. The agent tries again by itself. The error is ErrRetryable.
	Disconnected func(why *Error, retryIn time.Duration)
	// Refused: the agent has stopped for good: trying again would give the same answer. The error is ErrTerminal, and says
	// what to do.
	Refused func(why *Error)
	// HandlerFailed: a handler failed, and what follows.
	HandlerFailed func(failed HandlerFailure, decision Decision)
	// NackAnswered: the coordinator has answered what becomes of an operation that could not be applied. Refused: its status
	// says why, and the lane waits; it asks again after a backoff, or has the handler try again where asking is no use. Any
	// other outcome: the lane goes on behind the operation.
	NackAnswered func(reply *swarmlogv1.NackReply)
	// HandlerHeld: the handler of a lane fails nearly always: the lane is held and reads nothing. Then it tries the next
	// operation. Told each time; when that one is applied, it goes on as before. 5 s at first, doubling up to 5 minutes, and up
	// to 30 s of jitter.
	HandlerHeld func(log Log, retryIn time.Duration)
	// TelemetryDropped: telemetry the agent was not given, because it was too slow or away.
	TelemetryDropped func(count uint64)
	// StateChanged: the agent is in another state.
	StateChanged func(state AgentState)
	// PublisherChanged: the agent's publisher is in another state: see PublisherConfig.Listener.
	PublisherChanged func(state PublisherState)
	// PublishedLost: the coordinator has lost what the agent's publisher published: see PublisherConfig.PublishedLost.
	PublishedLost func(log Log, groups uint64, newest *swarmlogv1.Position)
}
