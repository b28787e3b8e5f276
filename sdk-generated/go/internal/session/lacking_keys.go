package session

import (
	"slices"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
)

// lackingKeys are keys of one scope that the user's own state lacks, or holds with an older value, because the agent refused
// the operation or skipped it.
//
// They are no drift: the coordinator gives the operation again, or keeps it parked. Stored with the key index, see
// [held.Key.Lacking].
type lackingKeys struct {
	// At most swarmlogv1.HandlerMaxLackingKeys.
	keys map[string]struct{}
	// There have been more than are kept: which keys are no drift is not known any more.
	overflown bool
}

func (l *lackingKeys) any() bool { return len(l.keys) > 0 || l.overflown }

func (l *lackingKeys) has(key string) bool {
	_, found := l.keys[key]
	return found
}

// note says that an operation on the key was refused, or applied. It answers whether that is to be stored: what is refused
// again has another value.
func (l *lackingKeys) note(key string, refused bool) bool {
	found := l.has(key)
	if !refused {
		delete(l.keys, key)
		return found || l.overflown
	}
	switch {
	case found:
	case len(l.keys) < swarmlogv1.HandlerMaxLackingKeys:
		if l.keys == nil {
			l.keys = make(map[string]struct{})
		}
		l.keys[key] = struct{}{}
	default:
		l.overflown = true
	}
	return true
}

// union is the given keys with those of an interval that are lacking, ascending.
func (l *lackingKeys) union(keys []string, interval held.Interval) []string {
	if len(l.keys) == 0 {
		return keys
	}
	all := slices.Clone(keys)
	for key := range l.keys {
		if interval.Contains(key) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
