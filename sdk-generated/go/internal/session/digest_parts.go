package session

import (
	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// CutParts cuts what is held in the interval of a query into parts. `digests` are those of `keys`, in the same order:
// nothing is hashed.
//
// With more keys than parts, each part has about as many, and the last one goes on to the end of the interval. With fewer,
// each part ends with a key and holds nothing else; what is behind the last key is a part of no key. That part counts too:
// where it would be one too many, some parts are of two keys, and the next query takes them apart.
func CutParts(keys []string, digests []Sum, query *swarmlogv1.DigestQuery) []*swarmlogv1.DigestPart {
	end := query.GetThroughKey()
	count := len(keys)
	// What the contract allows; anything else is taken for the nearest.
	maxParts := min(swarmlogv1.SessionMaxDigestParts, max(swarmlogv1.SessionMinDigestParts, int(query.GetMaxParts())))
	behind := count <= maxParts && (count == 0 || keys[count-1] != end)
	cuts := min(count, maxParts)
	if behind {
		cuts = min(count, maxParts-1)
	}
	parts := make([]*swarmlogv1.DigestPart, 0, cuts+1)
	var total Sum
	before := 0
	for i, digest := range digests {
		seen := i + 1
		total = total.Plus(digest)
		if seen != count*(len(parts)+1)/cuts {
			continue
		}
		through := keys[i]
		if seen == count && !behind {
			through = end
		}
		parts = append(parts, digestPart(through, seen-before, total))
		total, before = Sum{}, seen
	}
	if behind {
		parts = append(parts, digestPart(end, 0, total))
	}
	return parts
}

// unknownParts is what is answered where it is not known which keys are held.
func unknownParts(query *swarmlogv1.DigestQuery) []*swarmlogv1.DigestPart {
	return []*swarmlogv1.DigestPart{digestPart(query.GetThroughKey(), 0, Sum{})}
}

func digestPart(throughKey string, keyCount int, total Sum) *swarmlogv1.DigestPart {
	return &swarmlogv1.DigestPart{ThroughKey: throughKey, KeyCount: uint64(keyCount), Digest: total.Bytes()}
}
