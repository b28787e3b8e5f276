package session

import (
	"fmt"
	"slices"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// syncProgress is how far one sync of a lane has come: deliveries up to the target, pages of keyed state at the target, the
// receipt. It answers what is to be committed as interrupted with each step. It begins anew with each stream.
type syncProgress struct {
	from *swarmlogv1.Position
	// Where it ends.
	target *swarmlogv1.Position
	plan   *swarmlogv1.LogPlan
	scopes []names.Scope
	// How far an interrupted snapshot had come that goes on here.
	before *swarmlogv1.SnapshotResume
	// Set from the first moment on in which a snapshot is what would be interrupted.
	snapshot *swarmlogv1.SnapshotResume
	// The scope of the next page, an index; and what it may at most start behind.
	scopeIndex int
	afterKey   string
	// What the agent must hold in the end; nil until it has come.
	receipt   *swarmlogv1.SyncReceipt
	received  int
	paged     int
	redundant int
}

func newSyncProgress(plan *swarmlogv1.LogPlan, stands *swarmlogv1.Position, committed *swarmlogv1.LogResume) *syncProgress {
	target := plan.GetTarget()
	if target == nil {
		target = plan.GetHead()
	}
	sync := &syncProgress{from: stands, target: target, plan: plan, scopes: scopesFrom(plan.GetSnapshotScopes())}
	sync.before = &swarmlogv1.SnapshotResume{Position: target}
	goesOn := committed.GetSnapshot() != nil && isSame(committed.GetSnapshot().GetPosition(), target)
	if goesOn {
		sync.before = committed.GetSnapshot()
	}
	if goesOn || plan.GetPlan() == swarmlogv1.Plan_PLAN_SNAPSHOT {
		sync.snapshot = sync.before
	}
	sync.afterKey = sync.firstAfterKey()
	return sync
}

// fellBehind is the sync of a live lane that fell behind.
func fellBehind(stands, head *swarmlogv1.Position) *syncProgress {
	plan := &swarmlogv1.LogPlan{
		Plan: swarmlogv1.Plan_PLAN_DELTA, Target: head, BaseOpId: stands.GetOpId(), Exact: true,
	}
	return newSyncProgress(plan, stands, nil)
}

// beginsSnapshot says whether all keyed state will come, and no page of it has been applied yet.
func (s *syncProgress) beginsSnapshot() bool {
	return s.plan.GetPlan() == swarmlogv1.Plan_PLAN_SNAPSHOT && s.before.GetScope() == nil
}

// after is what is committed with a delivery up to a position.
func (s *syncProgress) after(to *swarmlogv1.Position) *swarmlogv1.LogResume {
	if s.snapshot != nil {
		return &swarmlogv1.LogResume{Position: to, Interrupted: inSnapshot(s.snapshot)}
	}
	return &swarmlogv1.LogResume{Position: to, Interrupted: &swarmlogv1.LogResume_Triple{Triple: &swarmlogv1.ResumeTriple{
		BaseOpId:   s.plan.GetBaseOpId(),
		CursorOpId: to.GetOpId(),
		TargetOpId: s.target.GetOpId(),
		Exact:      s.plan.GetExact() || to.GetOpId() == s.target.GetOpId(),
	}}}
}

// mayBeAsked says whether it is time to be asked what is held: the events have come, the state has not.
func (s *syncProgress) mayBeAsked(at *swarmlogv1.Position) bool {
	return s.plan.GetCompares() && isSame(at, s.target)
}

// pageMisfit says why a page cannot be the next one; "" if it can, or has been applied already.
func (s *syncProgress) pageMisfit(page *swarmlogv1.SnapshotPage) string {
	if !isSame(page.GetPosition(), s.target) {
		return fmt.Sprintf("Expected keyed state as of operation %d, but got some as of operation %d",
			s.target.GetOpId(), page.GetPosition().GetOpId())
	}
	scope := names.ScopeFrom(page.GetScope())
	index := slices.Index(s.scopes, scope)
	if index < 0 {
		return fmt.Sprintf("Expected keyed state of the scopes in the plan, but got some of %v", scope)
	}
	skips := index > s.scopeIndex || (index == s.scopeIndex && page.GetAfterKey() > s.afterKey)
	if skips && !s.plan.GetCompares() {
		return fmt.Sprintf("Expected the keys of %s behind '%s', but got those of %v behind '%s'",
			s.nextScopeName("no scope"), s.afterKey, scope, page.GetAfterKey())
	}
	return keysMisfit(page)
}

// isBehind says whether a page that fits lies behind what has been applied: it changes nothing.
func (s *syncProgress) isBehind(page *swarmlogv1.SnapshotPage) bool {
	index := slices.Index(s.scopes, names.ScopeFrom(page.GetScope()))
	return index < s.scopeIndex ||
		(index == s.scopeIndex && page.GetThroughKey() != "" && page.GetThroughKey() <= s.afterKey)
}

// advance takes a page that fits as the one before the next, and answers what is committed with it.
func (s *syncProgress) advance(page *swarmlogv1.SnapshotPage) *swarmlogv1.LogResume {
	s.scopeIndex = slices.Index(s.scopes, names.ScopeFrom(page.GetScope()))
	s.afterKey = page.GetThroughKey()
	if s.afterKey == "" {
		s.scopeIndex++
		s.afterKey = s.firstAfterKey()
	}
	s.snapshot = &swarmlogv1.SnapshotResume{Position: s.target, Scope: page.GetScope(), LastKey: page.GetThroughKey()}
	return &swarmlogv1.LogResume{Position: s.target, Interrupted: inSnapshot(s.snapshot)}
}

// pending are the scopes whose pages have not all come.
func (s *syncProgress) pending() []names.Scope { return s.scopes[s.scopeIndex:] }

// endMisfit says why the sync cannot end at a position yet; "" if it can.
func (s *syncProgress) endMisfit(end *swarmlogv1.Position) string {
	switch {
	case !isSame(end, s.target):
		return fmt.Sprintf("Expected the sync to end at its target %d, but it ends at %d", s.target.GetOpId(), end.GetOpId())
	case s.scopeIndex < len(s.scopes) && !s.plan.GetCompares():
		return fmt.Sprintf("Expected the keyed state of %s, but the sync ends without it", s.nextScopeName(""))
	case s.receipt == nil || s.receipt.GetTarget().GetOpId() != s.target.GetOpId():
		return fmt.Sprintf("Expected a receipt for operation %d before the end of the sync, but there is none",
			s.target.GetOpId())
	default:
		return ""
	}
}

// report is the outcome, with what the ledger found.
func (s *syncProgress) report(sumMismatches []string) SyncReport {
	mismatches := slices.Clone(sumMismatches)
	receipt := s.receipt
	if receipt != nil && receipt.GetSentCount() != uint64(s.received) {
		mismatches = append(mismatches,
			fmt.Sprintf("Expected %d operations, but %d came", receipt.GetSentCount(), s.received))
	}
	if receipt != nil && receipt.GetSnapshotCount() != uint64(s.paged) {
		mismatches = append(mismatches, fmt.Sprintf("Expected %d operations in pages of keyed state, but %d came",
			receipt.GetSnapshotCount(), s.paged))
	}
	return SyncReport{
		Log:        names.Log(s.target.GetLog()),
		From:       s.from,
		Target:     s.target,
		Plan:       s.plan.GetPlan(),
		Exact:      s.plan.GetExact(),
		Received:   s.received,
		Paged:      s.paged,
		Redundant:  s.redundant,
		Superseded: receipt.GetSupersededCount(),
		NetZero:    receipt.GetNetZeroCount(),
		Expired:    receipt.GetExpiredCount(),
		Mismatches: mismatches,
	}
}

func (s *syncProgress) nextScopeName(otherwise string) string {
	if s.scopeIndex >= len(s.scopes) {
		return otherwise
	}
	return s.scopes[s.scopeIndex].String()
}

// firstAfterKey is what the first page of the next scope may at most start behind.
func (s *syncProgress) firstAfterKey() string {
	begun := s.before.GetScope()
	if begun == nil || s.scopeIndex >= len(s.scopes) || names.ScopeFrom(begun) != s.scopes[s.scopeIndex] {
		return ""
	}
	return s.before.GetLastKey()
}
