package session

import (
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// laneAcks is what a lane tells the coordinator of what is committed: positions, at times with the sums there (see
// sumsSchedule), and answers to queries.
type laneAcks struct {
	log    names.Log
	output LaneOutput
	sums   *sumsSchedule
	// On this stream.
	lastRepairID uint64
	// When operations were applied last, and up to where; nil if that is not known.
	appliedTo *swarmlogv1.Position
	appliedAt time.Time
}

// attach says that a stream is open, on which nothing was told.
func (a *laneAcks) attach() {
	a.sums.attach()
	a.lastRepairID = 0
}

// position acknowledges a position, and says nothing of what is held there.
func (a *laneAcks) position(applied *swarmlogv1.Position) {
	a.output.SendAck(a.ack(applied))
}

// applied says that a step is committed, whether or not there is a stream to tell it on.
func (a *laneAcks) applied(step *Step, now time.Time) {
	if delivered, ok := step.Content.(Delivered); ok && len(delivered.Operations) > 0 {
		a.appliedTo, a.appliedAt = step.To(), now
	}
}

// committed says that a step is committed. `before` is the position that was committed before, nil if there was none;
// `insideSync`: sums mean nothing yet.
func (a *laneAcks) committed(step *Step, done *Prepared, before *swarmlogv1.Position, insideSync bool) {
	moves := before == nil || before.GetOpId() != step.To().GetOpId()
	if _, isComparison := step.Content.(Compared); isComparison {
		a.report(done.After, done.Unread == nil)
		return
	}
	if done.Digests != nil {
		if moves {
			a.sums.applied()
			a.position(step.To())
		}
		a.output.SendDigests(a.log, done.Digests)
		return
	}
	a.sums.applied()
	repaired, isRepair := step.Content.(Repaired)
	if isRepair {
		a.sums.repaired()
		a.lastRepairID = repaired.Repair.GetRepairId()
	}
	if a.sums.isDue() && !insideSync && !a.sums.comparesState() {
		a.report(done.After, true)
	} else if moves || !isRepair {
		// What the user holds after a repair is found out first.
		a.position(step.To())
	}
}

// report acknowledges what is committed, with its sums. `withState` false: what is held of the keys could not be found out.
func (a *laneAcks) report(committed *swarmlogv1.LogResume, withState bool) {
	ack := a.ack(committed.GetPosition())
	ack.Sums = Reported(committed, withState)
	a.output.SendAck(ack)
	if again := a.sums.reported(); again > 0 {
		a.output.StartTimer(TimerKey{Kind: TimerSums, Lane: a.log}, again)
	}
}

// ack has no time where only the position moved, or where that was long ago.
func (a *laneAcks) ack(applied *swarmlogv1.Position) *swarmlogv1.Ack {
	ack := &swarmlogv1.Ack{Applied: applied, LastRepairId: a.lastRepairID}
	if a.appliedTo != nil && isSame(a.appliedTo, applied) {
		ack.AppliedUnixNano = uint64(a.appliedAt.UnixNano())
	}
	return ack
}
