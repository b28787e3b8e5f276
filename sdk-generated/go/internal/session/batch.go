package session

import (
	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
)

// Batch is an ordered run of operations of one log: what a step is to the user. What it promises stands at the type of the
// same name that handlers get.
type Batch struct {
	// Log is the lane it came on.
	Log names.Log
	// FromOpID is where the interval starts that the batch covers, exclusive; 0 in telemetry.
	FromOpID uint64
	// To is where it ends, inclusive. In telemetry nothing but the log.
	To *swarmlogv1.Position
	// Operations ascend by operation ID, but for pages and deletions made by the agent. Not to be changed.
	Operations []*swarmlogv1.Operation
	// ChangedKeys is what the batch changes in the agent's key index, in order. Empty where that is not kept.
	ChangedKeys []held.Key
	// Replaced are intervals of keys that the operations replace. Only where the agent has no key index.
	Replaced []held.Interval
	// Repair says that what the agent held differed from the log.
	Repair bool
}
