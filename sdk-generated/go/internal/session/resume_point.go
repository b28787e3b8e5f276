package session

import (
	"fmt"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// ResumePoint is what a lane has committed, and what Hello said of it.
//
// The coordinator selects what it sends by what Hello says the agent holds, and Hello says what is committed; but a step that
// a handler still has will be committed before anything of the new plan is applied. Waiting for the handler would hold up
// the other lanes, so:
//
//   - While a handler has keyed operations, Hello says that it is not known what the agent holds of the keys from the cursor
//     to the end of the step: a triple that is not exact. Then every key touched above the cursor comes with its newest
//     operation. Those at or below the end of the step were applied by it (or left out, because the agent held that value),
//     and are ignored as always; the others are right whatever the step did.
//   - If the step was the first one of a snapshot, the plan knows nothing of that snapshot: the lane asks to connect once
//     more (misfit). Later pages overlap instead: a page that lies behind is ignored, and any other replaces the same
//     interval again.
//   - If the step was the first one of a delta whose end is lost by then, it has left out keys for what is lost: the lane asks
//     to connect once more.
//   - While a handler has a repair, Hello says nothing of sums: those that are committed differ, and those behind the repair
//     are not there yet. If it then refuses a key of it, the plan may leave that key out, because it has the value of the
//     repair again: the lane asks to connect once more, too.
//   - While the user's state lacks keys of operations that were refused, Hello says the same of the keys from the cursor on:
//     a key that has the refused value again by then must come.
//   - What a delivery skipped that began below the position cannot be told from what was counted: the event sums of those
//     scopes are taken from the receipt.
type ResumePoint struct {
	log names.Log
	// What is committed; nil before anything is.
	committed *swarmlogv1.LogResume
	// The same, under the name of the epoch in which it goes on: a step of that epoch is one behind it. Nil where the name is as
	// it was, or what was interrupted does not go on.
	renamed *swarmlogv1.LogResume
	// Whether the user's state lacks keys of operations that were refused.
	lacksKeys bool
	presented *swarmlogv1.LogResume
}

// commit takes a step over that is committed.
func (r *ResumePoint) commit(done *Prepared) {
	r.committed = done.After
	r.renamed = nil
	r.lacksKeys = done.lacks
}

// adopt takes over under which name the history goes on that a plan starts in.
func (r *ResumePoint) adopt(plan *swarmlogv1.LogPlan) {
	r.renamed = nil
	stands := r.committed
	if stands == nil || !isShared(stands.GetPosition(), plan) || stands.GetSnapshot() != nil ||
		stands.GetTriple().GetTargetOpId() > plan.GetFork().GetOpId() {
		return
	}
	r.renamed = copyOf(stands)
	r.renamed.Position = renamed(stands.GetPosition(), plan.GetStart())
}

// position is where the lane stands; nil if it has no position yet.
func (r *ResumePoint) position() *swarmlogv1.Position { return r.committed.GetPosition() }

// opID is the last operation that is committed; 0 if there is none.
func (r *ResumePoint) opID() uint64 { return r.committed.GetPosition().GetOpId() }

// NewResumePoint goes on from what is stored, nil for nothing.
func NewResumePoint(log names.Log, stored *swarmlogv1.LogResume, lacksKeys bool) ResumePoint {
	return ResumePoint{log: log, committed: stored, lacksKeys: lacksKeys}
}

// Present is what Hello says; nil if there is nothing to say. A handler has the step, if it is not nil.
func (r *ResumePoint) Present(applying *Step) *swarmlogv1.LogResume {
	stands := r.committed
	if applying != nil && r.renamed != nil {
		stands = r.renamed
	}
	switch {
	case r.log == names.Telemetry || stands == nil:
		r.presented = nil
	case applying != nil && applying.deliversKeys():
		r.presented = withoutSums(uncertain(stands, applying.To()))
	case r.lacksKeys:
		r.presented = withoutSums(uncertain(stands, stands.GetPosition()))
	case applying != nil && applying.Repairs():
		r.presented = withoutSums(stands)
	default:
		r.presented = asPresented(stands)
	}
	return r.presented
}

// misfit says why a plan that answers what was presented cannot be followed now; "" if it can. `minimal`: the coordinator
// sends deltas and snapshots at all.
func (r *ResumePoint) misfit(plan *swarmlogv1.LogPlan, minimal bool) string {
	if r.committed.GetSnapshot() == nil {
		if target := r.committed.GetTriple().GetTargetOpId(); minimal && r.isDeltaLost(plan) {
			return fmt.Sprintf("Expected a plan of %v that knows of the delta to operation %d, which is lost behind %d, but it was "+
				"made before that began", r.log, target, plan.GetFork().GetOpId())
		}
		if minimal && r.lacksKeys && saysWhatIsHeld(r.presented) {
			return fmt.Sprintf("Expected a plan of %v for a state that lacks keys, but it was made before they were refused", r.log)
		}
		return ""
	}
	if !minimal {
		return fmt.Sprintf("Expected a coordinator that finishes the snapshot of %v, but this one sends none", r.log)
	}
	if r.presented != nil && isSame(r.presented.GetSnapshot().GetPosition(), r.committed.GetSnapshot().GetPosition()) {
		return ""
	}
	return fmt.Sprintf("Expected a plan that goes on with the snapshot of %v, but it was made before that began", r.log)
}

// isDeltaLost says whether the end of the delta under way is lost, and the plan was made for an agent that had none.
func (r *ResumePoint) isDeltaLost(plan *swarmlogv1.LogPlan) bool {
	fork := plan.GetFork().GetOpId()
	return isShared(r.committed.GetPosition(), plan) && r.committed.GetTriple().GetTargetOpId() > fork &&
		r.presented.GetTriple().GetTargetOpId() <= fork
}

// saysWhatIsHeld says whether a plan may leave out keys that have the value again that the agent presented to hold.
func saysWhatIsHeld(presented *swarmlogv1.LogResume) bool {
	return presented != nil && presented.GetSnapshot() == nil &&
		(presented.GetTriple() == nil || presented.GetTriple().GetExact())
}

// after is what is committed with a delivery of every operation up to a position, outside syncs.
func (r *ResumePoint) after(to *swarmlogv1.Position) *swarmlogv1.LogResume {
	after := &swarmlogv1.LogResume{Position: to}
	triple := r.committed.GetTriple()
	if to.GetOpId() < triple.GetTargetOpId() {
		// Every operation comes instead of the rest of the delta: what is held in between is unknown.
		after.Interrupted = &swarmlogv1.LogResume_Triple{Triple: &swarmlogv1.ResumeTriple{
			BaseOpId:   triple.GetBaseOpId(),
			CursorOpId: to.GetOpId(),
			TargetOpId: triple.GetTargetOpId(),
		}}
	}
	return after
}
