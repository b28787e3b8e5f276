package session_test

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math/big"
	"slices"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// naiveScope is topic, kind (1: for all, 2: for an agent, 3: for a role) and name.
type naiveScope struct {
	topic swarmlogv1.Topic
	kind  int
	name  string
}

func naiveScopeOf(operation *swarmlogv1.Operation) naiveScope {
	return readScope(operation.GetTopic(), operation.GetTarget())
}

func readScope(topic swarmlogv1.Topic, target *swarmlogv1.Target) naiveScope {
	switch of := target.GetTarget().(type) {
	case *swarmlogv1.Target_Agent:
		return naiveScope{topic, 2, of.Agent}
	case *swarmlogv1.Target_Role:
		return naiveScope{topic, 3, of.Role}
	default:
		return naiveScope{topic, 1, ""}
	}
}

func (s naiveScope) target() *swarmlogv1.Target {
	switch s.kind {
	case 2:
		return &swarmlogv1.Target{Target: &swarmlogv1.Target_Agent{Agent: s.name}}
	case 3:
		return &swarmlogv1.Target{Target: &swarmlogv1.Target_Role{Role: s.name}}
	default:
		return &swarmlogv1.Target{Target: &swarmlogv1.Target_All{All: &swarmlogv1.AllAgents{}}}
	}
}

func (s naiveScope) message() *swarmlogv1.Scope {
	return &swarmlogv1.Scope{Topic: s.topic, Target: s.target()}
}

func (s naiveScope) encoded() []byte {
	return append([]byte{byte(s.topic), byte(s.kind)}, prefixed([]byte(s.name))...)
}

func hashed(parts ...[]byte) []byte {
	whole := sha256.Sum256(slices.Concat(parts...))
	return whole[:16]
}

func prefixed(part []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(part))), part...)
}

func naiveValueDigest(payload *swarmlogv1.Payload) []byte {
	return hashed([]byte{1}, prefixed([]byte(payload.GetType())), prefixed([]byte(payload.GetContentType())),
		binary.BigEndian.AppendUint32(nil, payload.GetSchemaVersion()), prefixed(payload.GetData()))
}

// naiveFold is the state and the sums of a log, as docs/state-digest.md says it. Sums are made from all that is there each
// time. It shares no code with the SDK.
type naiveFold struct {
	values map[naiveScope]map[string][]byte
	events map[naiveScope][][]byte
}

func fold(operations ...*swarmlogv1.Operation) *naiveFold {
	made := &naiveFold{values: map[naiveScope]map[string][]byte{}, events: map[naiveScope][][]byte{}}
	for _, operation := range operations {
		made.apply(operation)
	}
	return made
}

func (f *naiveFold) apply(operation *swarmlogv1.Operation) {
	scope := naiveScopeOf(operation)
	if f.values[scope] == nil {
		f.values[scope] = map[string][]byte{}
	}
	switch {
	case operation.GetOperationClass() == swarmlogv1.OperationClass_OPERATION_CLASS_EVENT:
		f.events[scope] = append(f.events[scope], hashed([]byte{3},
			binary.BigEndian.AppendUint64(nil, operation.GetOpId()), scope.encoded(), operation.GetValueDigest()))
	case operation.GetTombstone():
		delete(f.values[scope], operation.GetKey())
	default:
		f.values[scope][operation.GetKey()] = operation.GetValueDigest()
	}
}

func (f *naiveFold) scopes() []naiveScope { return slices.Collect(maps.Keys(f.values)) }

func (f *naiveFold) sums(scope naiveScope) *swarmlogv1.ScopeSums {
	var keys [][]byte
	for key, value := range f.values[scope] {
		keys = append(keys, hashed([]byte{2}, scope.encoded(), prefixed([]byte(key)), value))
	}
	events := f.events[scope]
	return &swarmlogv1.ScopeSums{
		Scope: scope.message(), StateDigest: total(keys), EventCount: uint64(len(events)), EventHash: total(events),
	}
}

func total(digests [][]byte) []byte {
	sum := new(big.Int)
	for _, digest := range digests {
		sum.Add(sum, new(big.Int).SetBytes(digest))
	}
	sum.Mod(sum, new(big.Int).Lsh(big.NewInt(1), 128))
	return sum.FillBytes(make([]byte, 16))
}
