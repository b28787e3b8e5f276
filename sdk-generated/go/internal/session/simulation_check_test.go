package session_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

func (h *history) check() error {
	if !h.isDone() {
		return fmt.Errorf("Expected to have caught up with %d, but it is %v at %v", h.coordinator.head(), h.now, h.durable)
	}
	folded := fold(h.coordinator.log...)
	for _, scope := range simulatedScopes {
		expected := map[string][]byte{}
		if containsScope(h.view, scope) {
			expected = folded.values[scope]
		}
		if !maps.EqualFunc(h.state[scope], expected, bytes.Equal) {
			return fmt.Errorf("Expected the state of %v to be %x, but it is %x", scope, expected, h.state[scope])
		}
	}
	if !slices.Equal(naiveScopes(h.durable.GetScopes()), h.view) {
		return fmt.Errorf("Expected to hold %v, but got %v", h.view, h.durable.GetScopes())
	}
	point := session.NewResumePoint(names.Main, h.durable, false)
	for _, sums := range point.Present(nil).GetSums() {
		should := folded.sums(readScope(sums.GetScope().GetTopic(), sums.GetScope().GetTarget()))
		if h.kind == withoutKeyIndex {
			should.StateDigest = nil
		}
		if !bytes.Equal(sums.GetStateDigest(), should.GetStateDigest()) || sums.GetEventCount() != should.GetEventCount() ||
			!bytes.Equal(sums.GetEventHash(), should.GetEventHash()) {
			return fmt.Errorf("Expected sums %v, but got %v", should, sums)
		}
	}
	if h.forked {
		return nil
	}
	return h.checkEvents()
}

func (h *history) checkEvents() error {
	for event, times := range h.events {
		if times > 1 && h.kind != beforeTheCursor {
			return fmt.Errorf("Expected each event once, but %v was applied %d times", event, times)
		}
	}
	for _, operation := range h.coordinator.log {
		opID := operation.GetOpId()
		excused := !isEvent(operation) || h.everDropped[naiveScopeOf(operation)] || h.lostOnTheWay[opID] ||
			comesAgain(operation) || h.givenAgain[opID] || h.coordinator.expired[opID]
		if !excused && h.events[happened{naiveScopeOf(operation), 1, opID}] == 0 {
			return fmt.Errorf("Expected event %d to take effect, but it did not", opID)
		}
	}
	return nil
}

// demand ends the history where something does not hold.
func demand(holds bool, what string) {
	if !holds {
		panic(errors.New("Expected " + what + ", but it is not so"))
	}
}

// What the session wants done.

func (h *history) OpenControl(hello *swarmlogv1.Hello) {
	h.control, h.attached, h.hello = true, false, nil
	if len(hello.GetResume()) > 0 {
		h.hello = hello.GetResume()[0]
	}
}

func (h *history) OpenLane(_ string, _ names.Log, plan *swarmlogv1.LogPlan) {
	if plan.GetFork() != nil && plan.GetPlan() != swarmlogv1.Plan_PLAN_SNAPSHOT {
		h.seen["went on in another epoch"]++
	}
	h.attached, h.requested = true, 0
}

func (h *history) EndStreams(bool) { h.attached, h.control, h.asked = false, false, nil }

func (h *history) RequestFrame(names.Log) {
	h.requested++
	demand(h.requested == 1, "one frame to be asked for at a time")
}

func (h *history) Deliver(step *session.Step) {
	demand(h.running == nil, "one step at a time")
	h.running, h.prepared, h.next, h.refused = step, nil, 0, map[int]struct{}{}
}

func (h *history) DeliverAgain(names.Log) {
	h.running = h.failed
	if h.running == nil {
		h.running = h.refusing
	}
	h.failed, h.refusing = nil, nil
}

func (h *history) GoOn(names.Log) {
	h.running, h.refusing = h.refusing, nil
	h.refused[h.next] = struct{}{}
	h.next++
}

func (h *history) SendNack(nack *swarmlogv1.Nack) { h.asked = nack }

func (h *history) SendDigests(_ names.Log, report *swarmlogv1.DigestReport) {
	h.seen["query"]++
	h.coordinator.drift.answered(report)
}

func (h *history) SendAck(ack *swarmlogv1.Ack) {
	applied, stands := ack.GetApplied(), h.durable.GetPosition()
	demand(applied.GetEpoch() <= stands.GetEpoch(), "no ack of a history to come")
	h.coordinator.refusals.acknowledged(applied.GetOpId())
	if len(ack.GetSums()) == 0 {
		return
	}
	demand(h.drift, "sums only where the coordinator looks for drift")
	demand(h.durable.GetInterrupted() == nil, "no sums inside a sync")
	demand(proto.Equal(applied, stands), "sums of what is committed")
	if !h.coordinator.drift.acknowledged(applied, ack.GetSums()) {
		demand(h.isDrifted, "sums to differ only where something is wrong")
		h.seen["sums differ"]++
		return
	}
	h.seen["sums agree"]++
	behind := applied.GetEpoch() > h.driftedAt.GetEpoch() ||
		(applied.GetEpoch() == h.driftedAt.GetEpoch() && applied.GetOpId() >= h.driftedAt.GetOpId())
	if h.isDrifted && behind {
		h.isDrifted = false
		h.seen["healed"]++
	}
}

func (h *history) StartTimer(key session.TimerKey, _ time.Duration) { h.timers[key] = true }

func (h *history) SendHeartbeat(*swarmlogv1.Heartbeat) {}

func (h *history) DeltaBegan(_, _ *swarmlogv1.Position) {}

func (h *history) SyncEnded(names.Log, *session.SyncReport, int, int) {}

// What it tells.

func (h *history) Synced(report session.SyncReport) {
	h.seen[report.Plan.String()]++
	if !report.Exact && report.Plan == swarmlogv1.Plan_PLAN_DELTA {
		h.seen["inexact"]++
	}
	if !h.damaged && !h.suspect {
		demand(len(report.Mismatches) == 0, fmt.Sprintf("no mismatch in %v", report))
	}
	h.damaged = h.damaged && len(report.Mismatches) > 0
	if report.Exact && !h.suspect {
		demand(report.Redundant == 0, fmt.Sprintf("nothing redundant in %v", report))
	}
	h.suspect = h.isDrifted
}

func (h *history) Parted(_, fork *swarmlogv1.Position) {
	if fork == nil {
		h.seen["parted"]++
	} else {
		h.seen["parted at a fork"]++
	}
}

func (h *history) Drifted(repair session.RepairReport) {
	if repair.Events {
		h.seen["repaired events"]++
	} else {
		h.seen["repaired keys"]++
	}
}

func (h *history) Disconnected(why failure.Failure, _ time.Duration) {
	if why.Code == codes.Aborted {
		h.seen["resync"]++
	}
}

func (h *history) StateChanged(state session.State) { h.now = state }

func (h *history) Refused(why failure.Failure) { demand(false, fmt.Sprintf("to go on, but %v", why)) }

func (h *history) Connected(string, []*swarmlogv1.LogPlan)  {}
func (h *history) Lost(names.Log, []*swarmlogv1.LostEvents) {}
func (h *history) CaughtUp(*swarmlogv1.Position, int, int)  {}
func (h *history) FellBehind(_, _ *swarmlogv1.Position)     {}
func (h *history) Draining(string)                          {}
func (h *history) NackAnswered(*swarmlogv1.NackReply)       {}
func (h *history) HandlerHeld(names.Log, time.Duration)     {}
func (h *history) TelemetryDropped(uint64)                  {}
