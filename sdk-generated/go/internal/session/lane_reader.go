package session

import (
	"fmt"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// turn is what a frame leads to: at most one of the two.
type turn interface {
	// request says that the frame is done with: read one more.
	request()
	// hand gives a step to the handler.
	hand(step *Step)
}

// laneReader is what the frames of a lane say, one after the other: which steps they make, where the lane stands, and which
// sync is under way. Whose turn it is, its Lane decides.
type laneReader struct {
	log    names.Log
	output LaneOutput
	turn   turn
	sums   *sumsSchedule
	acks   laneAcks
	// Everything at or below it is applied, or not for this agent; nil if there is none yet. Never goes back within an epoch
	// while there is a stream.
	position *swarmlogv1.Position
	// What a restart would resume from. Without a stream, it is where the lane stands.
	resume ResumePoint
	// Whether the coordinator of the session sends deltas, pages and receipts.
	minimal       bool
	choosesTraced bool
	// Between the start of a plan, or FellBehind, and CaughtUp, where deltas are sent.
	sync   *syncProgress
	scopes []names.Scope
	// Goes with the next step.
	start *SyncStart
	// The position moved without a step.
	moved bool
	// The keyed state differed at the end of the last sync.
	stateDiffered bool
	isCaughtUp    bool
	// Operations handed over since the lane was attached.
	received int
	// Operations that came again since the lane was attached, and before that.
	duplicates    int
	ignoredBefore int
	// Frames that did not follow on what the lane had since the agent was started.
	outOfOrder int
}

// ignored are the operations that came again since the agent was started.
func (r *laneReader) ignored() int { return r.ignoredBefore + r.duplicates }

// expect takes over what to expect of the coordinator of the session that begins.
func (r *laneReader) expect(agreed terms) {
	r.minimal = agreed.deltas && r.log != names.Telemetry
	r.choosesTraced = agreed.choosesTraced
	r.sums.expect(r.minimal && agreed.drift, agreed.driftInterval)
}

// planMisfit says why the plan cannot be followed from what is committed; "" if it can.
func (r *laneReader) planMisfit(plan *swarmlogv1.LogPlan) string {
	return r.resume.misfit(plan, r.minimal)
}

// attach says that a stream is open for the lane, and follows the plan.
func (r *laneReader) attach(plan *swarmlogv1.LogPlan) {
	r.start = nil
	r.sync = nil
	if plan.GetStart() != nil {
		r.adopt(plan)
	}
	r.acks.attach()
	r.isCaughtUp = false
	r.received = 0
	r.ignoredBefore += r.duplicates
	r.duplicates = 0
}

// detach says that the stream is gone.
func (r *laneReader) detach() {
	r.isCaughtUp = false
	r.sync = nil
}

// standAtCommitted forgets what was read and not committed.
func (r *laneReader) standAtCommitted() {
	r.position = r.resume.position()
	r.start = nil
	r.moved = false
}

// frame reads a frame; no handler has a step.
func (r *laneReader) frame(frame *swarmlogv1.DataResponse) outcome {
	switch of := frame.GetFrame().(type) {
	case *swarmlogv1.DataResponse_Delivery:
		return r.delivery(of.Delivery)
	case *swarmlogv1.DataResponse_CaughtUp:
		return r.caughtUp(of.CaughtUp.GetPosition())
	case *swarmlogv1.DataResponse_FellBehind:
		return r.fellBehind(of.FellBehind)
	case *swarmlogv1.DataResponse_Telemetry:
		return r.telemetry(of.Telemetry)
	case *swarmlogv1.DataResponse_Snapshot:
		return r.page(of.Snapshot)
	case *swarmlogv1.DataResponse_DigestQuery:
		return r.query(of.DigestQuery)
	case *swarmlogv1.DataResponse_Repair:
		return r.repair(of.Repair)
	case *swarmlogv1.DataResponse_Receipt:
		if r.sync != nil {
			r.sync.receipt = of.Receipt
		}
	}
	// What else there may be is of a later version; what must not be missed would come as a capability we did not ask for.
	r.turn.request()
	return nil
}

// applied says that a step is committed.
func (r *laneReader) applied(step *Step, done *Prepared, attached bool, now time.Time) outcome {
	_, isEnd := step.Content.(Finished)
	if r.log != names.Telemetry {
		before := r.resume.position()
		r.position = step.To()
		r.resume.commit(done)
		r.acks.applied(step, now)
		if attached {
			r.acks.committed(step, done, before, r.sync != nil && !isEnd)
		}
	}
	if attached && r.sync != nil {
		r.sync.redundant += done.Redundant
		if isEnd {
			return r.finished(r.sync, done)
		}
	}
	if repaired, ok := step.Content.(Repaired); ok {
		return mended{RepairReportOf(repaired.Repair, &done.Batch)}
	}
	return nil
}

// report tells what is held, if that is due and was not done with an ack; no handler has a step.
func (r *laneReader) report() {
	if r.sync != nil || r.position == nil || r.resume.committed == nil || !r.sums.isDue() {
		return
	}
	if r.sums.comparesState() {
		r.hand(r.resume.opID(), r.after(r.position), Compared{})
	} else {
		r.acks.report(r.resume.committed, true)
	}
}

// flush hands over a position that moved without operations; no handler has a step.
func (r *laneReader) flush() {
	if r.moved && r.position != nil {
		r.hand(r.resume.opID(), r.after(r.position), Delivered{Traced: NoTraces})
	}
}

func (r *laneReader) hand(fromOpID uint64, after *swarmlogv1.LogResume, content Content) {
	step := &Step{Log: r.log, FromOpID: fromOpID, Resume: after, Content: content, Start: r.start}
	r.start = nil
	r.moved = false
	r.turn.hand(step)
}

func (r *laneReader) query(query *swarmlogv1.DigestQuery) outcome {
	if !r.sums.accepted {
		r.turn.request()
		return nil
	}
	if r.position == nil || (r.sync != nil && !r.sync.mayBeAsked(r.position)) {
		return r.doesNotFollow(fmt.Sprintf("Expected queries of digests between syncs and where a plan compares, "+
			"but query %d came elsewhere", query.GetQueryId()))
	}
	r.hand(r.resume.opID(), r.after(r.position), Queried{Query: query, InsideSync: r.sync != nil})
	return nil
}

func (r *laneReader) repair(repair *swarmlogv1.Repair) outcome {
	if !r.sums.accepted {
		r.turn.request()
		return nil
	}
	if r.sync != nil || r.position == nil {
		return r.doesNotFollow(fmt.Sprintf("Expected repairs between syncs, but one of %v came inside of one",
			RepairScope(repair)))
	}
	if why := repairMisfit(repair, r.position, r.scopes); why != "" {
		return r.doesNotFollow(why)
	}
	r.hand(r.position.GetOpId(), r.after(r.position), Repaired{repair})
	return nil
}

func (r *laneReader) telemetry(delivery *swarmlogv1.TelemetryDelivery) outcome {
	if operations := delivery.GetOperations(); len(operations) > 0 {
		r.received += len(operations)
		traced := SampledTraces
		if r.choosesTraced {
			traced = NoTraces
		}
		nowhere := &swarmlogv1.LogResume{Position: &swarmlogv1.Position{Log: r.log.Wire()}}
		r.hand(0, nowhere, Delivered{Operations: operations, Traced: traced})
	} else {
		r.turn.request()
	}
	if delivery.GetDroppedCount() > 0 {
		return dropped{delivery.GetDroppedCount()}
	}
	return nil
}

// doesNotFollow says that the frame does not follow on what the lane has.
func (r *laneReader) doesNotFollow(why string) outcome {
	r.outOfOrder++
	return resync{why: why}
}

// after is what is committed with a delivery up to a position.
func (r *laneReader) after(to *swarmlogv1.Position) *swarmlogv1.LogResume {
	if r.sync != nil {
		return r.sync.after(to)
	}
	return r.resume.after(to)
}
