package session

import (
	"slices"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
)

// Ledger is what an agent holds of one log, scope by scope. It turns each step into the batch the user gets and into what is
// committed with it, and checks receipts.
//
// It belongs to the lane's handler run, which is one at a time. Prepare moves it on before the step is committed: a step that
// was prepared is tried until it is committed, or the agent stops for good and the next one starts from what is stored.
type Ledger struct {
	keepsKeys bool
	source    StateSource
	last      *swarmlogv1.LogResume
	scopes    scopeLedgers
	// Whose keyed state is held, as of the position or as far as the interruption says.
	held map[names.Scope]struct{}
	// Whether it is known which scopes are held; else it is all of the view.
	says bool
	// Nothing is stored of them but keys: a handler was given some, and the agent crashed.
	unsaid map[names.Scope]struct{}
}

// NewLedger goes on from what is stored, nil for nothing; [Ledger.Load] takes the keys.
//
// `keepsKeys`: the store keeps the key index; without it, only events are checked. `source` says what the user holds; it is
// nil if nobody says. Where the keys are not those that the cursor was saved with ([Ledger.Differing]), the sums are of the
// keys there are: so the coordinator notices.
func NewLedger(stored *swarmlogv1.LogResume, keepsKeys bool, source StateSource) *Ledger {
	if stored == nil {
		stored = &swarmlogv1.LogResume{}
	}
	ledger := &Ledger{
		keepsKeys: keepsKeys,
		source:    source,
		last:      stored,
		held:      setOf(scopesFrom(stored.GetScopes())),
		unsaid:    make(map[names.Scope]struct{}),
	}
	ledger.says = len(ledger.held) > 0 || stored.GetSnapshot() != nil
	for _, sums := range stored.GetSums() {
		of := NewScopeLedger(names.ScopeFrom(sums.GetScope()), keepsKeys && len(sums.GetStateDigest()) > 0, false)
		if len(sums.GetEventHash()) > 0 {
			of.TakeEvents(sums.GetEventCount(), sums.GetEventHash())
		}
		ledger.scopes.add(of)
	}
	for _, scope := range scopesFrom(stored.GetScopes()) {
		if ledger.scopes.of(scope) == nil {
			ledger.scopes.add(NewScopeLedger(scope, keepsKeys, true))
		}
	}
	return ledger
}

// Load takes a key of this log that is stored. To be called before the first step.
func (l *Ledger) Load(stored held.Key) {
	of := l.scopes.of(stored.Scope)
	if of == nil {
		of = l.noteUnsaid(stored.Scope)
	}
	if stored.IsLacking() {
		of.lacking.note(stored.Key, true)
	}
	if logged := stored.AsLogged(); !logged.IsGone() {
		of.Put(stored.Key, logged.ValueDigest)
	}
}

// LacksKeys says whether the user's state lacks keys that the agent refused and has not applied since.
func (l *Ledger) LacksKeys() bool {
	return slices.ContainsFunc(l.scopes.all, func(of *ScopeLedger) bool { return of.lacking.any() })
}

// Differing are the scopes whose keys are not those that the cursor was saved with, for a reason other than a crash in the
// middle of a handler. To be called before the first step.
func (l *Ledger) Differing() []names.Scope {
	stored := make(map[names.Scope]Sum)
	for _, sums := range l.last.GetSums() {
		stored[names.ScopeFrom(sums.GetScope())] = SumFrom(sums.GetStateDigest())
	}
	var differing []names.Scope
	for _, of := range l.scopes.all {
		if of.isKnown() && of.state != stored[of.scope] {
			differing = append(differing, of.scope)
		}
	}
	return differing
}

// Prepare is the step as the user gets it, and what is committed with it.
func (l *Ledger) Prepare(step *Step) *Prepared {
	var into draft
	if step.Start != nil {
		l.begin(step.Start, step.FromOpID, &into)
	}
	switch content := step.Content.(type) {
	case Delivered:
		l.deliver(content, &into)
	case Paged:
		l.page(content, &into)
	case Finished:
		l.finish(content, &into)
	case Queried:
		l.answer(content, step.To(), &into)
	case Compared:
		for _, of := range l.scopes.all {
			if l.holds(of.scope) {
				l.compare(of, &into)
			}
		}
	case Repaired:
		l.repair(content.Repair, &into)
	}
	l.last = l.after(step.Resume)
	return &Prepared{
		Batch: Batch{
			Log:         step.Log,
			FromOpID:    step.FromOpID,
			To:          step.To(),
			Operations:  into.operations,
			ChangedKeys: into.changed,
			Replaced:    into.replaced,
			Repair:      step.Repairs(),
		},
		After:        l.last,
		Redundant:    into.redundant,
		Mismatches:   into.mismatches,
		StateDiffers: into.stateDiffers,
		Digests:      into.digests,
		Unread:       into.unread,
		made:         into.made,
	}
}

// Applied notes what the user's state has of a step about to be committed: not what was refused. `refused` says of an
// operation, by index, whether it was.
func (l *Ledger) Applied(step *Prepared, refused map[int]struct{}) *Prepared {
	if len(refused) == 0 && !l.LacksKeys() {
		return step
	}
	done := *step
	for i, operation := range step.Batch.Operations {
		if !IsKeyed(operation) {
			continue
		}
		of := l.scopes.of(names.ScopeOf(operation))
		_, isRefused := refused[i]
		if of == nil || !of.lacking.note(operation.GetKey(), isRefused) || !l.keepsKeys {
			continue
		}
		logged := held.Key{Scope: of.scope, Key: operation.GetKey(), ValueDigest: of.valueDigest(operation.GetKey())}
		if isRefused {
			logged = logged.Lacking()
		}
		done.lacking = append(done.lacking, logged)
	}
	done.lacks = l.LacksKeys()
	return &done
}

func (l *Ledger) after(resume *swarmlogv1.LogResume) *swarmlogv1.LogResume {
	resume = within(resume, func(scope names.Scope) bool { return l.scopes.of(scope) != nil })
	after := &swarmlogv1.LogResume{Position: resume.GetPosition(), Interrupted: resume.GetInterrupted()}
	if l.says && len(l.held) == 0 && after.GetSnapshot() == nil {
		// No scopes would mean that the agent does not say which it holds. If it is known that it holds none, because its whole
		// view is new, that is a snapshot of which nothing has come.
		after.Interrupted = inSnapshot(&swarmlogv1.SnapshotResume{Position: after.GetPosition()})
	}
	for _, of := range l.scopes.all {
		isHeld := l.holds(of.scope)
		if isHeld {
			after.Scopes = append(after.Scopes, of.message)
		}
		if !isHeld || !of.isEmpty() { // Those go without saying.
			after.Sums = append(after.Sums, of.sums())
		}
	}
	return after
}

func (l *Ledger) begin(start *SyncStart, atOpID uint64, into *draft) {
	fresh := l.last.GetPosition().GetOpId() == 0
	view := setOf(start.Scopes)
	for _, of := range slices.Clone(l.scopes.all) {
		if _, seen := view[of.scope]; !seen {
			l.drop(of, atOpID, into)
		}
	}
	if l.says {
		for scope := range l.held {
			if _, seen := view[scope]; !seen {
				delete(l.held, scope)
			}
		}
	} else {
		l.held = view
	}
	var ordered scopeLedgers
	for _, scope := range start.Scopes {
		if ordered.of(scope) == nil {
			ordered.add(l.beginScope(scope, start, fresh))
		}
	}
	l.scopes = ordered
	clear(l.unsaid)
	l.says = true
	if start.HoldsNothing {
		l.held = make(map[names.Scope]struct{})
	}
}

func (l *Ledger) beginScope(scope names.Scope, start *SyncStart, fresh bool) *ScopeLedger {
	of := l.scopes.of(scope)
	if of == nil {
		of = l.noteUnsaid(scope)
	}
	if _, isUnsaid := l.unsaid[scope]; isUnsaid {
		of.knowKeys(l.keepsKeys && (fresh || (l.says && !l.holds(scope))))
		if fresh && l.holds(scope) {
			of.TakeEvents(0, nil)
		}
	}
	if start.Replaces {
		of.forgetEvents()
	}
	return of
}

func (l *Ledger) noteUnsaid(scope names.Scope) *ScopeLedger {
	l.unsaid[scope] = struct{}{}
	return l.add(scope)
}

func (l *Ledger) add(scope names.Scope) *ScopeLedger {
	of := NewScopeLedger(scope, false, false)
	l.scopes.add(of)
	return of
}

func (l *Ledger) drop(dropped *ScopeLedger, atOpID uint64, into *draft) {
	l.scopes.remove(dropped)
	l.compare(dropped, into) // It is the last time.
	for _, key := range dropped.maybeHeld(held.Interval{Scope: dropped.scope}) {
		into.delete(dropped.scope, key, atOpID)
	}
	if !dropped.keysKnown {
		into.replaced = append(into.replaced, held.Interval{Scope: dropped.scope})
	}
}

func (l *Ledger) holds(scope names.Scope) bool {
	_, found := l.held[scope]
	return found
}

func setOf(scopes []names.Scope) map[names.Scope]struct{} {
	set := make(map[names.Scope]struct{}, len(scopes))
	for _, scope := range scopes {
		set[scope] = struct{}{}
	}
	return set
}

// scopeLedgers are those of a log, in the order in which they are stored.
type scopeLedgers struct {
	all     []*ScopeLedger
	byScope map[names.Scope]*ScopeLedger
	// The one that was found last: runs of operations are of one scope.
	found *ScopeLedger
}

// of is the ledger of a scope; nil if there is none.
func (s *scopeLedgers) of(scope names.Scope) *ScopeLedger {
	if s.found != nil && s.found.scope == scope {
		return s.found
	}
	found := s.byScope[scope]
	if found != nil {
		s.found = found
	}
	return found
}

func (s *scopeLedgers) add(of *ScopeLedger) {
	if s.byScope == nil {
		s.byScope = make(map[names.Scope]*ScopeLedger)
	}
	s.byScope[of.scope] = of
	s.all = append(s.all, of)
}

func (s *scopeLedgers) remove(of *ScopeLedger) {
	delete(s.byScope, of.scope)
	s.all = slices.DeleteFunc(s.all, func(each *ScopeLedger) bool { return each == of })
	s.found = nil
}
