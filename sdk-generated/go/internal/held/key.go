// Package held says what an agent holds: keys, and runs of keys.
package held

import "swarmlog.dev/go/internal/names"

const (
	digestBytes = 16
	lacking     = 1
)

// Key is what an agent holds under one key of its keyed state.
//
// All of them together are its key index: the agent needs it to prove that its state is complete, to count what it was
// sent in vain, and to know what a page of a snapshot deletes.
type Key struct {
	Scope names.Scope
	Key   string
	// ValueDigest is the digest of the value, 16 bytes, as the operation named it. Empty: the key is no longer held.
	//
	// Followed by one more byte: the user's state lacks that, because the agent refused or skipped the operation. One
	// byte alone, if the operation was a deletion; or a handler was given an operation on the key, and it is not known
	// whether it took effect. A string, because it never changes and maps of many keys are smaller for it.
	ValueDigest string
}

// UnknownDigest stands for a value; it differs from the digest of any.
const UnknownDigest = "\x00"

// IsGone says whether the key is no longer held.
func (k Key) IsGone() bool { return k.ValueDigest == "" }

// IsLacking says whether the user's state does not have what the log has.
func (k Key) IsLacking() bool {
	size := len(k.ValueDigest)
	return size%digestBytes == 1 && k.ValueDigest[size-1] == lacking
}

// Unknown returns the same key with an operation under way.
func (k Key) Unknown() Key { return Key{k.Scope, k.Key, UnknownDigest} }

// Lacking returns the same key, of which the user's state does not have what the log has.
func (k Key) Lacking() Key { return Key{k.Scope, k.Key, k.ValueDigest + string(rune(lacking))} }

// AsLogged returns the same key as the log has it.
func (k Key) AsLogged() Key {
	if !k.IsLacking() {
		return k
	}
	return Key{k.Scope, k.Key, k.ValueDigest[:len(k.ValueDigest)-1]}
}

// Interval is a run of the keys of one scope, in the order of their UTF-8 bytes, which is that of Go's strings.
type Interval struct {
	Scope names.Scope
	// AfterKey is exclusive; empty for the beginning of the scope.
	AfterKey string
	// ThroughKey is inclusive; empty for the end of the scope.
	ThroughKey string
}

// Contains says whether a key of the interval's scope lies in it.
func (i Interval) Contains(key string) bool {
	return key > i.AfterKey && (i.ThroughKey == "" || key <= i.ThroughKey)
}
