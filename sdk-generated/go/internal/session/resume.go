package session

import (
	"slices"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// asPresented is what Hello says of a stored resume state: sums only where nothing is interrupted and only what is known,
// and zero ones in full, since those are a claim too.
func asPresented(stored *swarmlogv1.LogResume) *swarmlogv1.LogResume {
	presented := withoutSums(stored)
	if isInterrupted(stored) {
		return presented
	}
	zero := scopesFrom(stored.GetScopes())
	for _, sums := range stored.GetSums() {
		zero = slices.DeleteFunc(zero, func(scope names.Scope) bool { return scope == names.ScopeFrom(sums.GetScope()) })
		if len(sums.GetEventHash()) > 0 {
			presented.Sums = append(presented.Sums, sums)
		}
	}
	for _, scope := range zero {
		presented.Sums = append(presented.Sums, zeroSums(scope))
	}
	return presented
}

// Reported are the sums that go with an ack of a resume state: of each scope held, without state digest where its keys are
// not known, without event hash where its events are not; none where something is interrupted. `withState` false: what is
// held of the keys could not be found out.
func Reported(stored *swarmlogv1.LogResume, withState bool) []*swarmlogv1.ScopeSums {
	if isInterrupted(stored) {
		return nil
	}
	stated := make(map[names.Scope]*swarmlogv1.ScopeSums, len(stored.GetSums()))
	for _, sums := range stored.GetSums() {
		stated[names.ScopeFrom(sums.GetScope())] = sums
	}
	answer := make([]*swarmlogv1.ScopeSums, 0, len(stored.GetScopes()))
	for _, scope := range scopesFrom(stored.GetScopes()) {
		sums := stated[scope]
		if sums == nil {
			sums = zeroSums(scope)
		}
		if !withState {
			sums = proto.CloneOf(sums)
			sums.StateDigest = nil
		}
		answer = append(answer, sums)
	}
	return answer
}

// uncertain says the same, but that it is not known what is held of some keys: those of operations from there to a position,
// which may have taken effect or not. `stands` is nil where nothing is stored.
func uncertain(stands *swarmlogv1.LogResume, to *swarmlogv1.Position) *swarmlogv1.LogResume {
	if stands == nil {
		return uncertain(&swarmlogv1.LogResume{Position: beginning(to)}, to)
	}
	if stands.GetSnapshot() != nil || !isSameHistory(stands.GetPosition(), to) {
		return stands // Pages are replaced again.
	}
	cursor := stands.GetPosition().GetOpId()
	noted := copyOf(stands)
	noted.Interrupted = &swarmlogv1.LogResume_Triple{Triple: &swarmlogv1.ResumeTriple{
		BaseOpId:   cursor,
		CursorOpId: cursor,
		TargetOpId: max(to.GetOpId(), stands.GetTriple().GetTargetOpId()),
	}}
	return noted
}

// UnderWay is what holds while a step may have taken effect or not.
//
// It says of keys what `uncertain` says, and leaves out the scopes of which keys may be gone or replaced that would not come
// again. These are the scopes dropped from the view, since a later view may have them again; and every scope where pages of
// another snapshot or history come, since it is a coordinator that says whether the old one can be resumed.
//
// `stands` is nil where nothing is stored; `after` is what is committed with the step: it names every scope of the view, as
// held or with sums.
func UnderWay(stands, after *swarmlogv1.LogResume) *swarmlogv1.LogResume {
	noted := uncertain(stands, after.GetPosition())
	var kept []names.Scope
	if !isReplaced(noted, after) {
		kept = scopesFrom(after.GetScopes())
		for _, sums := range after.GetSums() {
			kept = append(kept, names.ScopeFrom(sums.GetScope()))
		}
	}
	return keeping(noted, kept)
}

// within is the same resume state, of a snapshot that is not in the middle of any scope but those it is asked about.
func within(stands *swarmlogv1.LogResume, isKept func(names.Scope) bool) *swarmlogv1.LogResume {
	snapshot := stands.GetSnapshot()
	if snapshot.GetScope() == nil || isKept(names.ScopeFrom(snapshot.GetScope())) {
		return stands
	}
	changed := copyOf(stands)
	changed.Interrupted = inSnapshot(&swarmlogv1.SnapshotResume{Position: snapshot.GetPosition()})
	return changed
}

func inSnapshot(snapshot *swarmlogv1.SnapshotResume) *swarmlogv1.LogResume_Snapshot {
	return &swarmlogv1.LogResume_Snapshot{Snapshot: snapshot}
}

func isInterrupted(stored *swarmlogv1.LogResume) bool { return stored.GetInterrupted() != nil }

func isReplaced(stands, after *swarmlogv1.LogResume) bool {
	if stands.GetSnapshot() == nil {
		return !isSameHistory(stands.GetPosition(), after.GetPosition())
	}
	return after.GetSnapshot() != nil && !isSame(stands.GetSnapshot().GetPosition(), after.GetSnapshot().GetPosition())
}

// keeping holds no scopes but some.
func keeping(stands *swarmlogv1.LogResume, kept []names.Scope) *swarmlogv1.LogResume {
	isKept := func(scope names.Scope) bool { return slices.Contains(kept, scope) }
	changed := copyOf(stands)
	changed.Scopes = nil
	for _, scope := range stands.GetScopes() {
		if isKept(names.ScopeFrom(scope)) {
			changed.Scopes = append(changed.Scopes, scope)
		}
	}
	if stands.GetSnapshot() != nil {
		return within(changed, isKept)
	}
	if len(changed.Scopes) == 0 && len(stands.GetScopes()) > 0 {
		// Without a snapshot it would mean that the agent does not say what it holds.
		changed.Interrupted = inSnapshot(&swarmlogv1.SnapshotResume{Position: stands.GetPosition()})
		return changed
	}
	for i, sums := range changed.Sums {
		if !isKept(names.ScopeFrom(sums.GetScope())) {
			// A scope that is added to a delta has events from the target on, and not from here.
			changed.Sums[i] = &swarmlogv1.ScopeSums{Scope: sums.GetScope(), StateDigest: sums.GetStateDigest()}
		}
	}
	return changed
}

// copyOf is a copy of which every field may be set anew; what the fields hold is shared, and is never changed.
func copyOf(stands *swarmlogv1.LogResume) *swarmlogv1.LogResume {
	return &swarmlogv1.LogResume{
		Position:    stands.GetPosition(),
		Interrupted: stands.GetInterrupted(),
		Sums:        slices.Clone(stands.GetSums()),
		Scopes:      stands.GetScopes(),
	}
}

func withoutSums(stands *swarmlogv1.LogResume) *swarmlogv1.LogResume {
	copied := copyOf(stands)
	copied.Sums = nil
	return copied
}

func zeroSums(scope names.Scope) *swarmlogv1.ScopeSums {
	return &swarmlogv1.ScopeSums{Scope: scope.Message(), StateDigest: zeroDigest(), EventHash: zeroDigest()}
}

func scopesFrom(messages []*swarmlogv1.Scope) []names.Scope {
	scopes := make([]names.Scope, len(messages))
	for i, message := range messages {
		scopes[i] = names.ScopeFrom(message)
	}
	return scopes
}
