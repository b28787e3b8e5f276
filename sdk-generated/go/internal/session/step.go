package session

import (
	"slices"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
)

// TraceChoice says which operations of a step are recorded as applied.
//
// Where the coordinator chooses, it is those it names, so that one broadcast does not become ten thousand spans; else those
// that are sampled.
type TraceChoice struct {
	coordinators bool
	opIDs        []uint64
}

var (
	// SampledTraces are those that are sampled.
	SampledTraces = TraceChoice{}
	// NoTraces are none.
	NoTraces = TraceChoice{coordinators: true}
)

// Takes says whether an operation that carries a valid trace context is recorded.
func (c TraceChoice) Takes(opID uint64, sampled bool) bool {
	if !c.coordinators {
		return sampled
	}
	return slices.Contains(c.opIDs, opID)
}

// Content is what a step consists of: one of [Delivered], [Paged], [Finished], [Queried], [Compared] and [Repaired].
type Content interface{ content() }

// Delivered is a run of the log.
type Delivered struct {
	Operations []*swarmlogv1.Operation
	Skipped    []*swarmlogv1.Skipped
	// PartlySeen: it began below the position, so what it skipped cannot be told from what was counted before.
	PartlySeen bool
	Traced     TraceChoice
}

// Paged is a run of the keyed state.
type Paged struct {
	Page *swarmlogv1.SnapshotPage
	// Pending are the scopes that are not complete yet behind it.
	Pending []names.Scope
}

// Finished is the end of a sync.
type Finished struct {
	Receipt *swarmlogv1.SyncReceipt
	// Scopes is the view, resolved: all of it is held now.
	Scopes []names.Scope
}

// Queried asks for what is held: the answer goes with the prepared step.
type Queried struct {
	Query *swarmlogv1.DigestQuery
	// InsideSync: for a snapshot that compares first.
	InsideSync bool
}

// Compared compares what the user holds with the key index.
type Compared struct{}

// Repaired replaces some of what is held, outside of a sync.
type Repaired struct{ Repair *swarmlogv1.Repair }

func (Delivered) content() {}
func (Paged) content()     {}
func (Finished) content()  {}
func (Queried) content()   {}
func (Compared) content()  {}
func (Repaired) content()  {}

// SyncStart says that a sync begins.
type SyncStart struct {
	// Scopes is the view, resolved: what the agent holds of other scopes it drops.
	Scopes []names.Scope
	// Replaces: the position is of another history, or events were lost, so the sums mean nothing any more.
	Replaces bool
	// HoldsNothing: a snapshot begins, and no scope is held until its pages have come.
	HoldsNothing bool
}

// Step is what a lane applies and commits in one go.
type Step struct {
	Log names.Log
	// FromOpID is where the lane stands before, exclusive.
	FromOpID uint64
	// Resume is what is committed, without scopes and sums, which the ledger adds: position and what is interrupted are in
	// one message, so that they cannot be committed apart. Nothing but the log in telemetry.
	Resume  *swarmlogv1.LogResume
	Content Content
	// Start is set on the first step of a session's sync.
	Start *SyncStart
}

// To is where the lane stands afterwards.
func (s *Step) To() *swarmlogv1.Position { return s.Resume.GetPosition() }

// Repairs says whether it is a repair.
func (s *Step) Repairs() bool {
	_, repairs := s.Content.(Repaired)
	return repairs
}

// deliversKeys says whether it may change what is held of a key in the course of a delta or live.
func (s *Step) deliversKeys() bool {
	delivered, ok := s.Content.(Delivered)
	return ok && slices.ContainsFunc(delivered.Operations, IsKeyed)
}

// Prepared is a step as it is handed to the user and committed. Not to be changed.
type Prepared struct {
	Batch Batch
	// After is what is committed.
	After *swarmlogv1.LogResume
	// Redundant counts keyed operations that changed nothing.
	Redundant int
	// Mismatches is where the agent's sums differ from the receipt's, in words.
	Mismatches []string
	// StateDiffers: one of them concerns the keyed state.
	StateDiffers bool
	// Digests is the answer to a query, or nil.
	Digests *swarmlogv1.DigestReport
	// Unread is why the user's state could not be compared, or nil.
	Unread error

	// Which of the operations, by index, are not of the log, but deletions that the agent makes; ascending.
	made []int
	// The keys of which the user's state now lacks what the log has, or no longer does. Known once it is applied.
	lacking []held.Key
	// Whether it lacks any of the lane; known once it is applied.
	lacks bool
}

// IsMade says whether an operation of the batch, by index, is not of the log, but a deletion that the agent makes.
func (p *Prepared) IsMade(index int) bool {
	_, found := slices.BinarySearch(p.made, index)
	return found
}

// SavedKeys is what is saved with the cursor, in order.
func (p *Prepared) SavedKeys() []held.Key {
	if len(p.lacking) == 0 {
		return p.Batch.ChangedKeys
	}
	return slices.Concat(p.Batch.ChangedKeys, p.lacking)
}

// draft is what a step comes to, collected while the ledger prepares it: what the user gets, and what is found out.
type draft struct {
	operations   []*swarmlogv1.Operation
	made         []int
	changed      []held.Key
	replaced     []held.Interval
	redundant    int
	mismatches   []string
	stateDiffers bool
	digests      *swarmlogv1.DigestReport
	unread       error
}

// delete adds a deletion that no operation of the log stands for.
func (d *draft) delete(scope names.Scope, key string, atOpID uint64) {
	d.made = append(d.made, len(d.operations))
	d.operations = append(d.operations, &swarmlogv1.Operation{
		OpId:           atOpID,
		GroupFirst:     atOpID,
		GroupLast:      atOpID,
		Topic:          scope.Topic.Wire(),
		Target:         scope.Target(),
		OperationClass: swarmlogv1.OperationClass_OPERATION_CLASS_KEYED,
		Key:            key,
		KeyExisted:     true,
		Tombstone:      true,
	})
	d.changed = append(d.changed, held.Key{Scope: scope, Key: key})
}

// terms is what the coordinator agreed to for one session.
type terms struct {
	// What comes is a minimal delta, else every operation that is missing.
	deltas bool
	// What the agent holds is compared with the log.
	drift bool
	// How often sums are looked at; 0 if only after repairs.
	driftInterval time.Duration
	// Operations may be refused.
	nacks bool
	// Deliveries say which operations are to be recorded.
	choosesTraced bool
}

func termsOf(welcome *swarmlogv1.Welcome) terms {
	accepted := welcome.GetCapabilities()
	return terms{
		deltas:        accepted&uint64(swarmlogv1.Capability_CAPABILITY_SYNC) != 0,
		drift:         accepted&uint64(swarmlogv1.Capability_CAPABILITY_DRIFT) != 0,
		driftInterval: time.Duration(welcome.GetLimits().GetDriftCheckIntervalMs()) * time.Millisecond,
		nacks:         accepted&uint64(swarmlogv1.Capability_CAPABILITY_NACK) != 0,
		choosesTraced: welcome.GetChoosesTraced(),
	}
}
