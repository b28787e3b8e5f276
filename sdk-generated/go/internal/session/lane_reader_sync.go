package session

import (
	"fmt"
	"sort"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

func (r *laneReader) delivery(delivery *swarmlogv1.Delivery) outcome {
	var end *swarmlogv1.Position
	if r.sync != nil {
		end = r.sync.target
	}
	if why := deliveryMisfit(delivery, r.position, end); why != "" {
		return r.doesNotFollow(why)
	}
	operations, to := delivery.GetOperations(), delivery.GetTo()
	from := delivery.GetFromOpId()
	if r.position != nil {
		from = r.position.GetOpId()
	}
	if r.sync != nil {
		r.sync.received += len(operations)
	}
	seen := sort.Search(len(operations), func(i int) bool { return operations[i].GetOpId() > from })
	fresh := operations[seen:]
	r.duplicates += seen
	if len(fresh) == 0 && (len(delivery.GetSkipped()) == 0 || to.GetOpId() <= from) {
		if stands := r.resume.position(); stands != nil && isSameHistory(stands, to) && len(operations) > 0 {
			// Applied while the lane was detached: nothing else would acknowledge it on this stream.
			if to.GetOpId() <= stands.GetOpId() {
				stands = to
			}
			r.acks.position(stands)
		}
		r.move(to)
		r.turn.request()
		return nil
	}
	r.received += len(fresh)
	traced := SampledTraces
	if r.choosesTraced {
		traced = TraceChoice{coordinators: true, opIDs: delivery.GetTracedOpIds()}
	}
	r.hand(from, r.after(to), Delivered{
		Operations: fresh,
		Skipped:    delivery.GetSkipped(),
		PartlySeen: delivery.GetFromOpId() < from,
		Traced:     traced,
	})
	return nil
}

func (r *laneReader) page(page *swarmlogv1.SnapshotPage) outcome {
	if r.sync == nil {
		return r.doesNotFollow("Expected keyed state within a sync, but got some after one")
	}
	if why := r.sync.pageMisfit(page); why != "" {
		return r.doesNotFollow(why)
	}
	operations := len(page.GetOperations())
	r.sync.paged += operations
	if r.sync.isBehind(page) {
		r.duplicates += operations
		r.turn.request()
		return nil
	}
	r.received += operations
	after := r.sync.advance(page)
	r.hand(page.GetPosition().GetOpId(), after, Paged{Page: page, Pending: r.sync.pending()})
	return nil
}

func (r *laneReader) caughtUp(at *swarmlogv1.Position) outcome {
	ending := r.sync
	if ending == nil {
		if r.position == nil || isSameHistory(r.position, at) {
			r.move(at)
		}
		r.isCaughtUp = true
		r.turn.request()
		return caughtUp{}
	}
	if why := ending.endMisfit(at); why != "" {
		return r.doesNotFollow(why)
	}
	from := at.GetOpId()
	if r.position != nil {
		from = r.position.GetOpId()
	}
	r.hand(from, &swarmlogv1.LogResume{Position: ending.target}, Finished{Receipt: ending.receipt, Scopes: r.scopes})
	return nil
}

// finished says that the end of a sync is committed.
func (r *laneReader) finished(ended *syncProgress, done *Prepared) outcome {
	report := ended.report(done.Mismatches)
	r.sync = nil
	// Where sums are looked at, those that go with the end of the sync lead to a repair.
	if done.StateDiffers && !r.stateDiffered && !r.sums.heals() {
		r.stateDiffered = true
		// Hello carries the sums: the coordinator answers with a snapshot.
		return resync{"Expected the keyed state of the receipt, but it differs: " + done.Mismatches[0], &report}
	}
	// A second time in a row it is told only: nothing would mend it.
	r.stateDiffered = done.StateDiffers
	r.isCaughtUp = true
	return caughtUp{&report}
}

func (r *laneReader) fellBehind(frame *swarmlogv1.FellBehind) outcome {
	stands := r.position
	if r.minimal && stands != nil {
		if r.sync != nil || !isSame(stands, frame.GetPosition()) {
			return r.doesNotFollow(fmt.Sprintf(
				"Expected to fall behind at operation %d with no sync under way, but it was at %d",
				stands.GetOpId(), frame.GetPosition().GetOpId()))
		}
		r.sync = fellBehind(stands, frame.GetHead())
	}
	if r.minimal && r.resume.lacksKeys {
		return resync{why: "Expected every key that changed, since operations were refused, but the delta of a reader that " +
			"fell behind leaves out those with the value they had"}
	}
	r.isCaughtUp = false
	r.turn.request()
	return behind{frame.GetHead()}
}

// move moves the position without operations, and sees to it that it is committed in a moment.
func (r *laneReader) move(to *swarmlogv1.Position) {
	if r.log == names.Telemetry || (r.position != nil && to.GetOpId() <= r.position.GetOpId()) {
		return
	}
	r.position = to
	if !r.moved {
		r.moved = true
		r.output.StartTimer(TimerKey{Kind: TimerFlush, Lane: r.log}, swarmlogv1.SessionFlushDelayMs*time.Millisecond)
	}
}

// adopt takes the start of a plan over. A start in another history replaces the position; in the same one it can only move
// it over what is lost. With deltas, that is committed with the first step and not before. Where the history that the lane
// knows goes on under the name of another epoch, so does all that it counted.
func (r *laneReader) adopt(plan *swarmlogv1.LogPlan) {
	stands, startAt := r.position, plan.GetStart()
	r.resume.adopt(plan)
	if stands != nil && isShared(stands, plan) {
		stands = renamed(stands, startAt)
		r.position = stands
	}
	replaces := stands != nil && (!isSameHistory(stands, startAt) || startAt.GetOpId() > stands.GetOpId())
	if stands == nil || replaces {
		stands, r.position = startAt, startAt
		if !r.minimal || (r.resume.committed == nil && startAt.GetOpId() == 0) {
			r.resume.committed = &swarmlogv1.LogResume{Position: startAt}
		}
	}
	if r.minimal {
		r.scopes = scopesFrom(plan.GetScopes())
		r.sync = newSyncProgress(plan, stands, r.resume.committed)
		r.start = &SyncStart{Scopes: r.scopes, Replaces: replaces, HoldsNothing: r.sync.beginsSnapshot()}
	}
}
