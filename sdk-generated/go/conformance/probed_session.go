package main

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/handling"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

// probedSession is a session at a position, of an agent that has a handler of commands for all.
type probedSession struct {
	session  *session.Session
	ledger   *session.Ledger
	handlers handling.Table[struct{}]
	handed   *session.Step
	hasEnded bool
	// What was new.
	applied []*swarmlogv1.Operation
	// Of that, what there is a handler for.
	handled []*swarmlogv1.Operation
}

// newProbedSession opens it; inSync: the coordinator sends deltas, and the plan is to be followed.
func newProbedSession(stands *swarmlogv1.Position, plan *swarmlogv1.LogPlan, inSync bool) (*probedSession, error) {
	commands := names.Scope{Topic: names.TopicCommands}.Message()
	stored := &swarmlogv1.LogResume{Position: stands, Scopes: []*swarmlogv1.Scope{commands}}
	probed := &probedSession{ledger: session.NewLedger(stored, true, nil)}
	if err := probed.handlers.AddTopic(names.TopicCommands, struct{}{}); err != nil {
		return nil, err
	}
	probed.session = session.New(session.Settings{
		Identity: &swarmlogv1.Hello{}, Lanes: []session.LaneStored{{Log: names.Main, Resume: stored}},
		Output: probed, Listener: probed, Backoffs: func() *backoff.Backoff { return backoff.New(fraction(0)) },
	})
	probed.session.Start()
	plan.Log = names.Main.Wire()
	plan.Scopes = append(plan.Scopes, commands)
	welcome := &swarmlogv1.Welcome{SessionId: "s", Plans: []*swarmlogv1.LogPlan{plan}}
	if inSync {
		welcome.Capabilities = uint64(swarmlogv1.Capability_CAPABILITY_SYNC)
	}
	probed.control(&swarmlogv1.ControlResponse{Frame: &swarmlogv1.ControlResponse_Welcome{Welcome: welcome}})
	return probed, nil
}

// control takes a frame of Control.
func (p *probedSession) control(frame *swarmlogv1.ControlResponse) {
	p.session.ControlFrame(frame, time.Time{})
}

// data takes a frame of the lane; what it brings is applied.
func (p *probedSession) data(frame *swarmlogv1.DataResponse) {
	if p.hasEnded {
		return
	}
	p.session.LaneFrame(names.Main, frame, time.Time{})
	step := p.handed
	p.handed = nil
	if step == nil {
		return
	}
	done := p.ledger.Prepare(step)
	for _, operation := range done.Batch.Operations {
		p.applied = append(p.applied, operation)
		if _, found := p.handlers.Find(operation); found {
			p.handled = append(p.handled, operation)
		}
	}
	p.session.Applied(names.Main, done, time.Time{})
}

// readUpTo is where the lane stands.
func (p *probedSession) readUpTo() uint64 { return p.session.Position(names.Main).GetOpId() }

// Deliver implements session.Output.
func (p *probedSession) Deliver(step *session.Step) { p.handed = step }

// EndStreams implements session.Output.
func (p *probedSession) EndStreams(bool) { p.hasEnded = true }

// All else that a session wants done, and tells, is of no use here.

func (p *probedSession) RequestFrame(names.Log)                             {}
func (p *probedSession) DeliverAgain(names.Log)                             {}
func (p *probedSession) GoOn(names.Log)                                     {}
func (p *probedSession) SendAck(*swarmlogv1.Ack)                            {}
func (p *probedSession) SendDigests(names.Log, *swarmlogv1.DigestReport)    {}
func (p *probedSession) SendNack(*swarmlogv1.Nack)                          {}
func (p *probedSession) StartTimer(session.TimerKey, time.Duration)         {}
func (p *probedSession) OpenControl(*swarmlogv1.Hello)                      {}
func (p *probedSession) OpenLane(string, names.Log, *swarmlogv1.LogPlan)    {}
func (p *probedSession) DeltaBegan(_, _ *swarmlogv1.Position)               {}
func (p *probedSession) SyncEnded(names.Log, *session.SyncReport, int, int) {}
func (p *probedSession) SendHeartbeat(*swarmlogv1.Heartbeat)                {}
func (p *probedSession) Connected(string, []*swarmlogv1.LogPlan)            {}
func (p *probedSession) Lost(names.Log, []*swarmlogv1.LostEvents)           {}
func (p *probedSession) Parted(_, _ *swarmlogv1.Position)                   {}
func (p *probedSession) CaughtUp(*swarmlogv1.Position, int, int)            {}
func (p *probedSession) Synced(session.SyncReport)                          {}
func (p *probedSession) Drifted(session.RepairReport)                       {}
func (p *probedSession) FellBehind(_, _ *swarmlogv1.Position)               {}
func (p *probedSession) Draining(string)                                    {}
func (p *probedSession) Disconnected(failure.Failure, time.Duration)        {}
func (p *probedSession) Refused(failure.Failure)                            {}
func (p *probedSession) NackAnswered(*swarmlogv1.NackReply)                 {}
func (p *probedSession) HandlerHeld(names.Log, time.Duration)               {}
func (p *probedSession) TelemetryDropped(uint64)                            {}
func (p *probedSession) StateChanged(session.State)                         {}
