package session

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// isSame says whether both name the same point of the same history.
func isSame(a, b *swarmlogv1.Position) bool {
	return a.GetOpId() == b.GetOpId() && isSameHistory(a, b)
}

// isSameHistory says whether an operation ID of the one means the same in the other.
func isSameHistory(a, b *swarmlogv1.Position) bool {
	return a.GetEpoch() == b.GetEpoch() && a.GetIncarnation() == b.GetIncarnation()
}

// isShared says whether a position of an epoch that ended is part of the history that a plan starts in: only its name has
// changed.
func isShared(of *swarmlogv1.Position, plan *swarmlogv1.LogPlan) bool {
	fork := plan.GetFork()
	return fork != nil && isSameHistory(of, fork) && of.GetOpId() <= fork.GetOpId()
}

// renamed is the same point of a history that goes on under the name of another epoch.
func renamed(of, inEpochOf *swarmlogv1.Position) *swarmlogv1.Position {
	changed := proto.CloneOf(of)
	changed.Epoch = inEpochOf.GetEpoch()
	return changed
}

// beginning is the position before the first operation of the same log and history.
func beginning(of *swarmlogv1.Position) *swarmlogv1.Position {
	start := proto.CloneOf(of)
	start.OpId = 0
	start.RunningHash = zeroDigest()
	return start
}

// deliveryMisfit says why a delivery cannot be the next one; "" if it can, or if it has been applied already.
//
// `stands` is where the lane stands, nil if it has no position yet; `end` is where deliveries end for now, nil if they do
// not.
func deliveryMisfit(delivery *swarmlogv1.Delivery, stands, end *swarmlogv1.Position) string {
	to := delivery.GetTo()
	switch {
	case stands != nil && !isSameHistory(stands, to):
		return fmt.Sprintf("Expected deliveries of epoch %016x, but got one of epoch %016x", stands.GetEpoch(), to.GetEpoch())
	case stands != nil && delivery.GetFromOpId() > stands.GetOpId():
		return fmt.Sprintf("Expected a delivery that starts at operation %d or before, but it starts at %d",
			stands.GetOpId(), delivery.GetFromOpId())
	case !ascend(delivery):
		return fmt.Sprintf("Expected operations in ascending order within (%d, %d], but got another order",
			delivery.GetFromOpId(), to.GetOpId())
	case end != nil && to.GetOpId() > end.GetOpId():
		return fmt.Sprintf("Expected deliveries up to the target %d of the sync, but got one up to %d",
			end.GetOpId(), to.GetOpId())
	default:
		return ""
	}
}

func ascend(delivery *swarmlogv1.Delivery) bool {
	last := delivery.GetFromOpId()
	for _, operation := range delivery.GetOperations() {
		if operation.GetOpId() <= last {
			return false
		}
		last = operation.GetOpId()
	}
	return last <= delivery.GetTo().GetOpId()
}

// keysMisfit says why the keys of a page are not in its interval, or not in order; "" if they are.
func keysMisfit(page *swarmlogv1.SnapshotPage) string {
	before := page.GetAfterKey()
	for _, operation := range page.GetOperations() {
		if operation.GetKey() <= before {
			return fmt.Sprintf("Expected keys in ascending order behind '%s', but got '%s'", before, operation.GetKey())
		}
		before = operation.GetKey()
	}
	if page.GetThroughKey() != "" && before > page.GetThroughKey() {
		return fmt.Sprintf("Expected keys up to '%s', but got '%s'", page.GetThroughKey(), before)
	}
	return ""
}

// RepairScope is the one scope that a repair is of.
func RepairScope(repair *swarmlogv1.Repair) names.Scope {
	if len(repair.GetPages()) > 0 {
		return names.ScopeFrom(repair.GetPages()[0].GetScope())
	}
	return names.ScopeFrom(repair.GetEvents().GetScope())
}

// repairMisfit says why a repair cannot be applied; "" if it can. `at` is where the lane stands, `view` the scopes that are
// held.
func repairMisfit(repair *swarmlogv1.Repair, at *swarmlogv1.Position, view []names.Scope) string {
	scope := RepairScope(repair)
	if !slices.Contains(view, scope) || (repair.GetEvents() != nil && names.ScopeFrom(repair.GetEvents().GetScope()) != scope) {
		return fmt.Sprintf("Expected a repair of one scope of the view, but got one of %s", scope)
	}
	before := ""
	for _, page := range repair.GetPages() {
		if !isSame(page.GetPosition(), at) {
			return fmt.Sprintf("Expected a repair at operation %d, where the lane stands, but got one at operation %d",
				at.GetOpId(), page.GetPosition().GetOpId())
		}
		ofPage := names.ScopeFrom(page.GetScope())
		if ofPage != scope || page.GetAfterKey() < before {
			return fmt.Sprintf("Expected intervals of keys of %s in ascending order behind '%s', but got one of %s behind '%s'",
				scope, before, ofPage, page.GetAfterKey())
		}
		if why := keysMisfit(page); why != "" {
			return why
		}
		before = page.GetThroughKey()
	}
	return ""
}

// IsKeyed says whether an operation is one on a key, as the log has it.
func IsKeyed(operation *swarmlogv1.Operation) bool {
	return operation.GetOperationClass() == swarmlogv1.OperationClass_OPERATION_CLASS_KEYED
}
