package swarmlog

import swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"

// Batch is an ordered run of operations of one log: one or more whole publish groups, as far as the agent may see them.
// There is nothing in it that the agent has already applied.
//
// Or a page of keyed state, when the agent takes over a snapshot: then the operations are those that set the keys of the
// page, as far as the agent does not hold them already, and deletions of held keys that are not in the page. They are no
// run of the log: their operation IDs lie at or below To in any order. Deletions made by the agent itself, here and for
// scopes that left its view, carry the operation ID at which they are made.
//
// An operation that the agent is given again (Operation.Redelivery) stands in it as the first one was, keyed or not: what
// the user's state is to become. It is an event in the log, and none of ChangedKeys. Or a repair, see Repair.
//
// Not to be changed.
type Batch struct {
	// Log is the lane it came on.
	Log Log
	// FromOpID is where the interval starts that the batch covers, exclusive; 0 in telemetry.
	FromOpID uint64
	// To is where it ends, inclusive: the position to store together with the effects. In telemetry nothing but the log.
	To *swarmlogv1.Position
	// Operations are ascending by operation ID, but for pages and deletions made by the agent. Empty when only the cursor
	// moves on, because nothing of the interval is for this agent.
	Operations []Operation
	// ChangedKeys is what the batch changes in the agent's key index, in order: an EffectStore that keeps the index stores
	// them with the effects. Empty where it does not.
	ChangedKeys []HeldKey
	// Replaced are intervals of keys that the operations replace: what the user's state holds of them and is not among the
	// operations is to be deleted. Only where the agent has no key index and cannot name the deletions itself.
	Replaced []KeyInterval
	// Repair: what the agent held differed from the log. These keys are set and deleted as they are in the log at To;
	// otherwise as in a page of keyed state, but also where the agent believes to hold that value already.
	Repair bool
}

// Groups returns the operations cut into their publish groups, in order.
func (b Batch) Groups() [][]Operation {
	var groups [][]Operation
	start := 0
	for i := 1; i <= len(b.Operations); i++ {
		if i == len(b.Operations) ||
			b.Operations[i].message.GetGroupFirst() != b.Operations[start].message.GetGroupFirst() {
			groups = append(groups, b.Operations[start:i])
			start = i
		}
	}
	return groups
}
