package session

import (
	"fmt"
	"strings"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

const keysInText = 10

// SyncReport says how a sync of one log ended: what came, and whether the agent holds what it should hold.
type SyncReport struct {
	Log names.Log
	// From is where the agent stood.
	From *swarmlogv1.Position
	// Target is where it stands now.
	Target *swarmlogv1.Position
	// Plan is PLAN_DELTA also where a live agent fell behind.
	Plan swarmlogv1.Plan
	// Exact: the coordinator knew what the agent held; then Redundant is expected to be 0.
	Exact bool
	// Received counts operations that came: of the delta, not of snapshot pages.
	Received int
	// Paged counts operations that came in snapshot pages.
	Paged int
	// Redundant counts keyed ones among Received that changed nothing; 0 without a key index.
	Redundant int
	// Superseded counts keyed operations that did not come, because a later one on the key made them unnecessary. As the
	// coordinator counts them; as the next two.
	Superseded uint64
	// NetZero counts keys that were touched and have the value again that the agent held: nothing came.
	NetZero uint64
	// Expired counts events that did not come, because their time was over.
	Expired uint64
	// Mismatches is where the agent's sums and counts differ from the coordinator's, in words. Empty if it is proven that the
	// agent holds what it should hold.
	Mismatches []string
}

// String is one line for people to read.
func (r SyncReport) String() string {
	other, pages, exact, mismatch := "", "", "exact", "no mismatch"
	if !isSameHistory(r.From, r.Target) {
		other = " of another history"
	}
	if r.Paged > 0 {
		pages = fmt.Sprintf(" and %d in pages", r.Paged)
	}
	if !r.Exact {
		exact = "not exact"
	}
	if len(r.Mismatches) > 0 {
		mismatch = "mismatch: " + strings.Join(r.Mismatches, "; ")
	}
	return fmt.Sprintf("%v %d -> %d%s by %s, %s: %d received%s, %d redundant, %d superseded, %d net zero, %d expired, %s",
		r.Log, r.From.GetOpId(), r.Target.GetOpId(), other, PlanName(r.Plan), exact,
		r.Received, pages, r.Redundant, r.Superseded, r.NetZero, r.Expired, mismatch)
}

// PlanName is a plan as people read it: `delta`.
func PlanName(plan swarmlogv1.Plan) string {
	return strings.ToLower(strings.TrimPrefix(plan.String(), "PLAN_"))
}

// RepairReport says that what an agent held of a scope was not what the log holds, and that the coordinator mended it.
type RepairReport struct {
	// Position is where the agent stood.
	Position *swarmlogv1.Position
	// Scope is where it differed.
	Scope names.Scope
	// Keys whose values were set or deleted; each was handed to the handler. What is found in several steps is told in several
	// reports.
	Keys []string
	// Events: those that had been counted differed, some were lost or came twice. They cannot be mended; from now on the
	// coordinator's count holds.
	Events bool
	// GoodOpID is the last operation at which the agent is known to have held what it should. What went wrong happened behind
	// it; 0 if that is not known.
	GoodOpID uint64
}

// RepairReportOf reads it from a repair and the batch that it became.
func RepairReportOf(repair *swarmlogv1.Repair, applied *Batch) RepairReport {
	keys := make([]string, len(applied.Operations))
	for i, operation := range applied.Operations {
		keys[i] = operation.GetKey()
	}
	return RepairReport{
		Position: applied.To,
		Scope:    RepairScope(repair),
		Keys:     keys,
		Events:   repair.GetEvents() != nil,
		GoodOpID: repair.GetGoodOpId(),
	}
}

// String is one line for people to read.
func (r RepairReport) String() string {
	named, events, since := "", "", "not known since when"
	if len(r.Keys) > keysInText {
		named = fmt.Sprintf(" (%s, …)", strings.Join(r.Keys[:keysInText], ", "))
	} else if len(r.Keys) > 0 {
		named = fmt.Sprintf(" (%s)", strings.Join(r.Keys, ", "))
	}
	if r.Events {
		events = ", events lost or doubled"
	}
	if r.GoodOpID > 0 {
		since = fmt.Sprintf("in order until operation %d", r.GoodOpID)
	}
	return fmt.Sprintf("%v at operation %d: %d keys repaired%s%s, %s",
		r.Scope, r.Position.GetOpId(), len(r.Keys), named, events, since)
}
