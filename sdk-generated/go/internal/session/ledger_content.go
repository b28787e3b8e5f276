package session

import (
	"fmt"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
)

func (l *Ledger) deliver(delivered Delivered, into *draft) {
	again := false
	for _, operation := range delivered.Operations {
		if of := l.scopes.of(names.ScopeOf(operation)); of != nil {
			l.count(operation, of, into)
		}
		again = again || IsRedelivery(operation)
	}
	switch {
	case again:
		l.restore(delivered.Operations, into)
	case len(into.operations) > 0:
		into.operations = append(into.operations, delivered.Operations...)
	default:
		into.operations = delivered.Operations
	}
	for _, skipped := range delivered.Skipped {
		of := l.scopes.of(names.ScopeFrom(skipped.GetScope()))
		switch {
		case of == nil:
		case delivered.PartlySeen:
			of.forgetEvents()
		default:
			of.skip(skipped)
		}
	}
}

// restore takes operations as the user gets them; what is counted is what the log has. What was for a scope that has left
// the view since is not given again, nor what is of a key that moved on: that comes as it is now.
func (l *Ledger) restore(operations []*swarmlogv1.Operation, into *draft) {
	for _, operation := range operations {
		if !IsRedelivery(operation) {
			into.operations = append(into.operations, operation)
		} else if first := restored(operation); l.isStillDue(first) {
			into.operations = append(into.operations, first)
		}
	}
}

func (l *Ledger) isStillDue(first *swarmlogv1.Operation) bool {
	of := l.scopes.of(names.ScopeOf(first))
	switch {
	case of == nil:
		return !l.says
	case !IsKeyed(first) || !of.keysKnown:
		return true
	case first.GetTombstone():
		return of.valueDigest(first.GetKey()) == ""
	default:
		return of.holds(first.GetKey(), string(first.GetValueDigest()))
	}
}

func (l *Ledger) count(operation *swarmlogv1.Operation, of *ScopeLedger, into *draft) {
	switch operation.GetOperationClass() {
	case swarmlogv1.OperationClass_OPERATION_CLASS_EVENT:
		if of.eventsKnown {
			of.event(operation.GetOpId(), operation.GetValueDigest())
		}
	case swarmlogv1.OperationClass_OPERATION_CLASS_KEYED:
		if l.keepsKeys {
			l.countKeyed(operation, of, into)
		}
	}
}

func (l *Ledger) countKeyed(operation *swarmlogv1.Operation, of *ScopeLedger, into *draft) {
	key, gone := operation.GetKey(), operation.GetTombstone()
	var value string
	var changes bool
	if gone {
		changes = of.remove(key)
	} else {
		value = string(operation.GetValueDigest())
		changes = of.Put(key, value)
	}
	if changes {
		into.changed = append(into.changed, held.Key{Scope: of.scope, Key: key, ValueDigest: value})
	} else if !gone || of.keysKnown {
		into.redundant++
	}
}

func (l *Ledger) page(paged Paged, into *draft) {
	page := paged.Page
	scope := names.ScopeFrom(page.GetScope())
	of := l.scopes.of(scope)
	if of == nil {
		of = l.add(scope)
	}
	l.deleteWhatIsNotIn(page, of, into)
	for _, operation := range page.GetOperations() {
		lacks := of.lacking.has(operation.GetKey())
		changes := l.put(operation, of)
		if changes {
			into.changed = append(into.changed, changedKey(of, operation))
		}
		if changes || lacks || !of.keysKnown {
			into.operations = append(into.operations, operation)
		}
	}
	for _, pending := range paged.Pending {
		delete(l.held, pending)
	}
	if page.GetThroughKey() == "" {
		l.held[scope] = struct{}{}
		of.knowKeys(l.keepsKeys)
	}
}

// repair takes pages, but of keys whose index may be right while the user's state is not.
func (l *Ledger) repair(repair *swarmlogv1.Repair, into *draft) {
	for _, page := range repair.GetPages() {
		of := l.scopes.of(names.ScopeFrom(page.GetScope()))
		if of == nil {
			continue
		}
		l.deleteWhatIsNotIn(page, of, into)
		for _, operation := range page.GetOperations() {
			l.put(operation, of)
			if l.keepsKeys {
				into.changed = append(into.changed, changedKey(of, operation))
			}
			into.operations = append(into.operations, operation)
		}
	}
	if events := repair.GetEvents(); events != nil {
		if of := l.scopes.of(names.ScopeFrom(events.GetScope())); of != nil {
			of.TakeEvents(events.GetEventCount(), events.GetEventHash())
		}
	}
}

// answer says what is held. Where the keys are not known there is nothing to name: one part of no key. Where the user's
// state cannot be read, it is the index that is asked. A sync is to bring what was refused as well.
func (l *Ledger) answer(queried Queried, at *swarmlogv1.Position, into *draft) {
	query := queried.Query
	report := &swarmlogv1.DigestReport{QueryId: query.GetQueryId(), Position: at}
	into.digests = report
	of := l.scopes.of(names.ScopeFrom(query.GetScope()))
	if of != nil {
		l.compare(of, into)
	}
	if of == nil || !of.keysKnown {
		report.Unknown = true
		report.Parts = unknownParts(query)
		return
	}
	asked := held.Interval{Scope: of.scope, AfterKey: query.GetAfterKey(), ThroughKey: query.GetThroughKey()}
	if queried.InsideSync && of.lacking.any() {
		keys := of.maybeHeld(asked)
		report.Parts = CutParts(keys, of.appliedDigests(keys), query)
	} else {
		keys := of.Within(asked)
		report.Parts = CutParts(keys, of.KeyDigests(keys), query)
	}
}

func (l *Ledger) compare(of *ScopeLedger, into *draft) {
	if l.source == nil || !of.keysKnown || of.lacking.overflown {
		return
	}
	if err := of.takeOver(l.source, into); err != nil {
		into.unread = err
	}
}

func (l *Ledger) deleteWhatIsNotIn(page *swarmlogv1.SnapshotPage, of *ScopeLedger, into *draft) {
	interval := held.Interval{Scope: of.scope, AfterKey: page.GetAfterKey(), ThroughKey: page.GetThroughKey()}
	if !of.keysKnown {
		into.replaced = append(into.replaced, interval)
	}
	there := make(map[string]struct{}, len(page.GetOperations()))
	for _, operation := range page.GetOperations() {
		there[operation.GetKey()] = struct{}{}
	}
	for _, key := range of.maybeHeld(interval) {
		if _, found := there[key]; !found {
			of.remove(key)
			into.delete(of.scope, key, page.GetPosition().GetOpId())
		}
	}
}

func (l *Ledger) put(operation *swarmlogv1.Operation, of *ScopeLedger) bool {
	return l.keepsKeys && of.Put(operation.GetKey(), string(operation.GetValueDigest()))
}

func changedKey(of *ScopeLedger, operation *swarmlogv1.Operation) held.Key {
	return held.Key{Scope: of.scope, Key: operation.GetKey(), ValueDigest: string(operation.GetValueDigest())}
}

func (l *Ledger) finish(finished Finished, into *draft) {
	expected := make(map[names.Scope]*swarmlogv1.ScopeSums)
	for _, sums := range finished.Receipt.GetSums() {
		expected[names.ScopeFrom(sums.GetScope())] = sums
	}
	l.held = setOf(finished.Scopes)
	for _, scope := range finished.Scopes {
		of := l.scopes.of(scope)
		if of == nil {
			of = l.add(scope)
		}
		mismatches, stateDiffers := CheckReceipt(of, expected[scope])
		into.mismatches = append(into.mismatches, mismatches...)
		into.stateDiffers = into.stateDiffers || stateDiffers
	}
}

// CheckReceipt compares what a scope's ledger holds with the sums of a receipt, and says in words what differs, and whether
// the keyed state does. Events cannot be fetched again: whatever was counted, the coordinator's sums go on.
func CheckReceipt(of *ScopeLedger, expected *swarmlogv1.ScopeSums) (mismatches []string, stateDiffers bool) {
	if state := SumFrom(expected.GetStateDigest()); of.keysKnown && state != of.state {
		stateDiffers = true
		mismatches = append(mismatches, fmt.Sprintf("%v: Expected the keyed state to have the digest %x, but it has %x",
			of.scope, state.Bytes(), of.state.Bytes()))
	}
	events := SumFrom(expected.GetEventHash())
	if of.eventsKnown && (of.eventCount != expected.GetEventCount() || of.eventHash != events) {
		mismatches = append(mismatches, fmt.Sprintf("%v: Expected %d events with the hash %x, but there were %d with %x",
			of.scope, expected.GetEventCount(), events.Bytes(), of.eventCount, of.eventHash.Bytes()))
	}
	of.TakeEvents(expected.GetEventCount(), expected.GetEventHash())
	return mismatches, stateDiffers
}
