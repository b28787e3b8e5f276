package session

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// DigestBytes is the length of digests, and of sums of them in messages. docs/state-digest.md specifies both.
const DigestBytes = 16

const (
	kindAll   = 1
	kindAgent = 2
	kindRole  = 3
)

// Sum is a sum of digests, modulo 2^128. The zero value is the sum of nothing.
type Sum struct{ high, low uint64 }

// SumFrom reads a sum as it is sent; anything that is not 16 bytes long counts as the sum of nothing.
func SumFrom(sent []byte) Sum {
	if len(sent) != DigestBytes {
		return Sum{}
	}
	return Sum{high: binary.BigEndian.Uint64(sent), low: binary.BigEndian.Uint64(sent[8:])}
}

func sumOfHash(hash [sha256.Size]byte) Sum {
	return Sum{high: binary.BigEndian.Uint64(hash[:]), low: binary.BigEndian.Uint64(hash[8:])}
}

// Plus adds.
func (s Sum) Plus(other Sum) Sum {
	low, carry := bits.Add64(s.low, other.low, 0)
	high, _ := bits.Add64(s.high, other.high, carry)
	return Sum{high: high, low: low}
}

// Minus subtracts.
func (s Sum) Minus(other Sum) Sum {
	low, borrow := bits.Sub64(s.low, other.low, 0)
	high, _ := bits.Sub64(s.high, other.high, borrow)
	return Sum{high: high, low: low}
}

// IsZero says whether it is the sum of nothing.
func (s Sum) IsZero() bool { return s == Sum{} }

// Bytes is the sum as it is sent: 16 bytes, big-endian.
func (s Sum) Bytes() []byte {
	sent := make([]byte, 0, DigestBytes)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(sent, s.high), s.low)
}

func zeroDigest() []byte { return make([]byte, DigestBytes) }

// EncodeScope is `u8 topic | u8 kind | lp(name)`.
func EncodeScope(scope names.Scope) []byte {
	kind, name := byte(kindAll), ""
	switch {
	case scope.Agent != "":
		kind, name = kindAgent, scope.Agent
	case scope.Role != "":
		kind, name = kindRole, scope.Role
	}
	return appendText([]byte{byte(scope.Topic), kind}, name)
}

// ValueDigest is `H(01 | lp(type) | lp(content_type) | u32 schema_version | lp(data))`: 16 bytes.
func ValueDigest(payload *swarmlogv1.Payload) []byte {
	hashed := sha256.New()
	head := appendText([]byte{1}, payload.GetType())
	head = appendText(head, payload.GetContentType())
	head = binary.BigEndian.AppendUint32(head, payload.GetSchemaVersion())
	head = binary.BigEndian.AppendUint32(head, uint32(len(payload.GetData())))
	hashed.Write(head)
	hashed.Write(payload.GetData())
	return hashed.Sum(nil)[:DigestBytes]
}

// hasher makes the digests of one scope. It keeps the bytes that it hashes, so that no event or key costs memory.
type hasher struct {
	scope   []byte
	scratch []byte
}

// key is `H(02 | scope | lp(key) | value digest)`.
func (h *hasher) key(key, value string) Sum {
	h.scratch = append(append(h.scratch[:0], 2), h.scope...)
	h.scratch = append(appendText(h.scratch, key), value...)
	return sumOfHash(sha256.Sum256(h.scratch))
}

// event is `H(03 | u64 op_id | scope | value digest)`.
func (h *hasher) event(opID uint64, value []byte) Sum {
	h.scratch = binary.BigEndian.AppendUint64(append(h.scratch[:0], 3), opID)
	h.scratch = append(append(h.scratch, h.scope...), value...)
	return sumOfHash(sha256.Sum256(h.scratch))
}

// KeyDigest is what a key has in the state digest of its scope.
func KeyDigest(scope names.Scope, key, value string) Sum {
	hash := hasher{scope: EncodeScope(scope)}
	return hash.key(key, value)
}

// EventDigest is what an event has in the event hash of its scope.
func EventDigest(scope names.Scope, opID uint64, value []byte) Sum {
	hash := hasher{scope: EncodeScope(scope)}
	return hash.event(opID, value)
}

func appendText(to []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(text))), text...)
}
