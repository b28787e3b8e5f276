package session_test

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

const parkedAt = 2

// refusedFirst is a first operation: as what it was refused last, how often, whether it waits; or as what it came again, or
// which operation on its key took its place.
type refusedFirst struct {
	last         uint64
	attempts     uint32
	parked       bool
	waits        bool
	releasedAs   uint64
	supersededBy uint64
}

// simulatedRefusals is what becomes of operations that the agent refuses. What was taken is never lost, however history forks.
type simulatedRefusals struct {
	coordinator *simulatedCoordinator
	byFirst     map[uint64]refusedFirst
}

func (r *simulatedRefusals) refuse(nack *swarmlogv1.Nack, faults bool) *swarmlogv1.NackReply {
	reply := &swarmlogv1.NackReply{Log: swarmlogv1.Log_LOG_MAIN, OpId: nack.GetOpId()}
	if int(nack.GetOpId()) > r.coordinator.head() {
		panic(fmt.Sprintf("beyond the head: %v", nack))
	}
	if faults && r.coordinator.random.IntN(8) == 0 {
		reply.Outcome = swarmlogv1.NackReply_OUTCOME_REFUSED
		// Later, or never.
		reply.Status = &status.Status{Code: int32(codes.Unavailable)}
		if r.coordinator.random.IntN(2) == 0 {
			reply.Status = &status.Status{Code: int32(codes.OutOfRange)}
		}
		return reply
	}
	operation := r.coordinator.at(nack.GetOpId())
	first := operation.GetOpId()
	if comesAgain(operation) {
		first = operation.GetOrigin().GetOpId()
	}
	known, isKnown := r.byFirst[first]
	lost := isKnown && known.releasedAs > 0 && known.releasedAs <= uint64(r.coordinator.startOpID)
	switch {
	case isKnown && nack.GetOpId() <= known.last && !lost:
		reply.Outcome = known.outcome()
	case r.supersededBy(r.coordinator.at(first)) > 0:
		now := refusedFirst{last: nack.GetOpId(), supersededBy: r.supersededBy(r.coordinator.at(first))}
		r.byFirst[first] = now
		reply.Outcome = now.outcome()
	default:
		tried := 1 + max(operation.GetOrigin().GetAttempt(), known.attempts)
		now := refusedFirst{last: nack.GetOpId(), attempts: tried, parked: tried >= parkedAt, waits: tried < parkedAt}
		r.byFirst[first] = now
		reply.Outcome = now.outcome()
	}
	return reply
}

func (r refusedFirst) outcome() swarmlogv1.NackReply_Outcome {
	switch {
	case r.supersededBy > 0:
		return swarmlogv1.NackReply_OUTCOME_SUPERSEDED
	case r.parked:
		return swarmlogv1.NackReply_OUTCOME_PARKED
	default:
		return swarmlogv1.NackReply_OUTCOME_RETRY
	}
}

// release gives some of them again; everything: also what is parked, a person replays it.
func (r *simulatedRefusals) release(everything bool) {
	for _, opID := range slices.Sorted(maps.Keys(r.byFirst)) {
		refused := r.byFirst[opID]
		due := refused.waits || (everything && refused.parked)
		if !due || (!everything && r.coordinator.random.IntN(8) > 0) {
			continue
		}
		first := r.coordinator.at(opID)
		if by := r.supersededBy(first); by > 0 {
			r.byFirst[opID] = refusedFirst{last: refused.last, supersededBy: by}
			continue
		}
		again := proto.CloneOf(first)
		again.OpId = uint64(r.coordinator.head() + 1)
		again.GroupFirst, again.GroupLast = again.GetOpId(), again.GetOpId()
		again.OperationClass = swarmlogv1.OperationClass_OPERATION_CLASS_EVENT
		again.Key, again.Tombstone = "", false
		again.Origin = &swarmlogv1.Origin{
			OpId: first.GetOpId(), Attempt: refused.attempts, OperationClass: first.GetOperationClass(),
			Target: first.GetTarget(), Key: first.GetKey(), Tombstone: first.GetTombstone(),
		}
		r.coordinator.append(again)
		r.byFirst[opID] = refusedFirst{last: refused.last, attempts: refused.attempts, releasedAs: again.GetOpId()}
	}
}

// acknowledged: what came again and was acknowledged is settled.
func (r *simulatedRefusals) acknowledged(opID uint64) {
	maps.DeleteFunc(r.byFirst, func(_ uint64, refused refusedFirst) bool {
		return refused.releasedAs > 0 && refused.releasedAs <= opID
	})
}

// isSettled says whether nothing is to be given again.
func (r *simulatedRefusals) isSettled() bool {
	for _, refused := range r.byFirst {
		if refused.waits || refused.parked {
			return false
		}
	}
	return true
}

// forked: what was given again in the history that is lost, or superseded there, waits once more.
func (r *simulatedRefusals) forked() {
	head := uint64(r.coordinator.head())
	for first, refused := range r.byFirst {
		switch {
		case first > head:
			delete(r.byFirst, first)
		case refused.supersededBy == 0 || refused.supersededBy > head:
			r.byFirst[first] = refusedFirst{last: min(refused.last, head), attempts: refused.attempts, waits: true}
		}
	}
}

// supersededBy is the newest operation on its key, if that is another one; else 0.
func (r *simulatedRefusals) supersededBy(first *swarmlogv1.Operation) uint64 {
	if first.GetOperationClass() != swarmlogv1.OperationClass_OPERATION_CLASS_KEYED {
		return 0
	}
	newest := r.coordinator.newestOf(first, r.coordinator.head()).GetOpId()
	if newest <= first.GetOpId() {
		return 0
	}
	return newest
}
