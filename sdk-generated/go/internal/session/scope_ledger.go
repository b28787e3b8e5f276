package session

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/tidwall/btree"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
)

// StateSource says what a user's own state holds of a scope: every key, in any order, with its payload.
type StateSource func(names.Scope) (iter.Seq2[string, *swarmlogv1.Payload], error)

type entry struct {
	value  string
	digest Sum
}

// ScopeLedger is what an agent holds of one scope: value digests by key, and its sums. About 200 bytes of memory per key.
type ScopeLedger struct {
	scope names.Scope
	// The keys that the index has as the log has them, and the user's state does not.
	lacking lackingKeys

	message *swarmlogv1.Scope
	hash    hasher
	entries map[string]entry
	// Of the same keys; made where the order is asked for.
	order *btree.Set[string]
	state Sum
	// Whether the entries are all that the agent holds; only then their sum means something.
	keysKnown  bool
	eventCount uint64
	eventHash  Sum
	// Whether the events were counted from a point on where their sums were known.
	eventsKnown bool
	// As they are stored; nil where they changed.
	stored *swarmlogv1.ScopeSums
}

// NewScopeLedger makes one that holds nothing. `keysKnown`: that is all there is; `eventsKnown`: no event has been counted.
func NewScopeLedger(scope names.Scope, keysKnown, eventsKnown bool) *ScopeLedger {
	return &ScopeLedger{
		scope:       scope,
		message:     scope.Message(),
		hash:        hasher{scope: EncodeScope(scope)},
		entries:     make(map[string]entry),
		keysKnown:   keysKnown,
		eventsKnown: eventsKnown,
	}
}

func (l *ScopeLedger) knowKeys(known bool) {
	l.keysKnown = known
	l.stored = nil
}

// isKnown says whether every key is known, and the value of each.
func (l *ScopeLedger) isKnown() bool {
	if !l.keysKnown {
		return false
	}
	for _, each := range l.entries {
		if len(each.value) != DigestBytes {
			return false
		}
	}
	return true
}

// holds says whether the key is held with this value.
func (l *ScopeLedger) holds(key, value string) bool {
	before, found := l.entries[key]
	return found && before.value == value
}

// valueDigest is the digest of the key's value; empty if it is not held.
func (l *ScopeLedger) valueDigest(key string) string { return l.entries[key].value }

// Put says that the key has this value now; false if it had it before.
func (l *ScopeLedger) Put(key, value string) bool {
	before, found := l.entries[key]
	if found && before.value == value {
		return false
	}
	if !found && l.order != nil {
		l.order.Insert(key)
	}
	digest := l.hash.key(key, value)
	l.entries[key] = entry{value: value, digest: digest}
	l.state = l.state.Minus(before.digest).Plus(digest)
	l.stored = nil
	return true
}

// remove says that the key is gone; false if it was not held.
func (l *ScopeLedger) remove(key string) bool {
	before, found := l.entries[key]
	if !found {
		return false
	}
	delete(l.entries, key)
	if l.order != nil {
		l.order.Delete(key)
	}
	l.state = l.state.Minus(before.digest)
	l.stored = nil
	return true
}

// Within are the held keys of an interval, ascending.
func (l *ScopeLedger) Within(interval held.Interval) []string {
	if interval.ThroughKey != "" && interval.ThroughKey <= interval.AfterKey {
		return nil
	}
	if l.order == nil {
		l.order = new(btree.Set[string])
		for key := range l.entries {
			l.order.Insert(key)
		}
	}
	var keys []string
	l.order.Ascend(interval.AfterKey, func(key string) bool {
		if key == interval.AfterKey && key != "" {
			return true // Exclusive.
		}
		if interval.ThroughKey != "" && key > interval.ThroughKey {
			return false
		}
		keys = append(keys, key)
		return true
	})
	return keys
}

// maybeHeld is what is held by the index, or by the user who could not apply the deletion; ascending.
func (l *ScopeLedger) maybeHeld(interval held.Interval) []string {
	return l.lacking.union(l.Within(interval), interval)
}

// KeyDigests is the part that each of these held keys has in the state digest.
func (l *ScopeLedger) KeyDigests(keys []string) []Sum {
	digests := make([]Sum, len(keys))
	for i, key := range keys {
		digests[i] = l.entries[key].digest
	}
	return digests
}

// appliedDigests is as KeyDigests, but what is lacking, held or not, has a digest that is no value's. Compared with the log
// it differs, whatever that has, so it comes again.
func (l *ScopeLedger) appliedDigests(keys []string) []Sum {
	digests := make([]Sum, len(keys))
	for i, key := range keys {
		if l.lacking.has(key) {
			digests[i] = l.hash.key(key, held.UnknownDigest)
		} else {
			digests[i] = l.entries[key].digest
		}
	}
	return digests
}

// event counts an event.
func (l *ScopeLedger) event(opID uint64, value []byte) {
	l.eventCount++
	l.eventHash = l.eventHash.Plus(l.hash.event(opID, value))
	l.stored = nil
}

// skip counts events that were not handed out.
func (l *ScopeLedger) skip(skipped *swarmlogv1.Skipped) {
	l.eventCount += skipped.GetCount()
	l.eventHash = l.eventHash.Plus(SumFrom(skipped.GetEventHash()))
	l.stored = nil
}

// forgetEvents says that it is not known any more which events there were.
func (l *ScopeLedger) forgetEvents() {
	l.eventsKnown = false
	l.stored = nil
}

// TakeEvents takes event sums over, whatever was counted; an empty hash is that of nothing.
func (l *ScopeLedger) TakeEvents(count uint64, hash []byte) {
	l.eventCount, l.eventHash, l.eventsKnown = count, SumFrom(hash), true
	l.stored = nil
}

// sums are as they are stored, not to be changed: without state digest where not every key is known, without event hash
// where the events are not.
func (l *ScopeLedger) sums() *swarmlogv1.ScopeSums {
	if l.stored == nil {
		l.stored = &swarmlogv1.ScopeSums{Scope: l.message}
		if l.keysKnown {
			l.stored.StateDigest = l.state.Bytes()
		}
		if l.eventsKnown {
			l.stored.EventCount = l.eventCount
			l.stored.EventHash = l.eventHash.Bytes()
		}
	}
	return l.stored
}

// isEmpty says whether nothing is held, and that is known.
func (l *ScopeLedger) isEmpty() bool {
	return l.keysKnown && l.eventsKnown && l.state.IsZero() && l.eventCount == 0 && l.eventHash.IsZero()
}

// takeOver takes over into the key index what the user's own state holds. From then on sums, digests and deletions are of
// what is there, and what differs from the log shows.
//
// It reads a scope, all of it or, if the source fails, nothing; it leaves out keys whose operation was refused. That takes a
// pass over its keys, a SHA-256 of each value, and about 100 bytes per key until it is done.
func (l *ScopeLedger) takeOver(source StateSource, into *draft) error {
	there, differing, err := l.read(source)
	if err != nil {
		return err
	}
	for _, key := range l.Within(held.Interval{Scope: l.scope}) {
		if _, found := there[key]; !found && !l.lacking.has(key) {
			l.remove(key)
			into.changed = append(into.changed, held.Key{Scope: l.scope, Key: key})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(differing)) {
		l.Put(key, differing[key])
		into.changed = append(into.changed, held.Key{Scope: l.scope, Key: key, ValueDigest: differing[key]})
	}
	return nil
}

// read answers which keys the user holds, and those whose values are not in the index. What a source panics with is an
// error like others: it is the user's code.
func (l *ScopeLedger) read(source StateSource) (there map[string]struct{}, differing map[string]string, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	payloads, err := source(l.scope)
	if err != nil || payloads == nil {
		return nil, nil, err
	}
	there, differing = make(map[string]struct{}), make(map[string]string)
	for key, payload := range payloads {
		value := string(ValueDigest(payload))
		there[key] = struct{}{}
		if l.holds(key, value) || l.lacking.has(key) {
			delete(differing, key)
		} else {
			differing[key] = value
		}
	}
	return there, differing, nil
}
