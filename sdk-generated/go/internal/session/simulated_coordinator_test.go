package session_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

func isEvent(operation *swarmlogv1.Operation) bool {
	return operation.GetOperationClass() == swarmlogv1.OperationClass_OPERATION_CLASS_EVENT
}

func comesAgain(operation *swarmlogv1.Operation) bool { return operation.GetOrigin() != nil }

func inside(key, after, through string) bool { return key > after && (through == "" || key <= through) }

// simulatedCoordinator is one for one agent over a naive log. Every question is answered by walking the log. It follows the
// rules of the contract and shares no code with the SDK, nor with the real one.
type simulatedCoordinator struct {
	random  *rand.Rand
	log     []*swarmlogv1.Operation
	expired map[uint64]bool
	epoch   uint64
	// Where the epochs ended that it remembers.
	forks  map[uint64]int
	view   []naiveScope
	frames []*swarmlogv1.DataResponse
	// Nothing up to here is delivered in the session.
	startOpID int
	// Where the stream of the session is, once its sync has been put into frames.
	sentTo   int
	drift    *simulatedDrift
	refusals *simulatedRefusals
	// Whether it looks for drift.
	finds bool
}

func newSimulatedCoordinator(random *rand.Rand, view []naiveScope, finds bool) *simulatedCoordinator {
	made := &simulatedCoordinator{
		random: random, expired: map[uint64]bool{}, epoch: 1, forks: map[uint64]int{}, view: view, finds: finds,
	}
	made.drift = &simulatedDrift{coordinator: made, looks: true}
	made.refusals = &simulatedRefusals{coordinator: made, byFirst: map[uint64]refusedFirst{}}
	return made
}

func (c *simulatedCoordinator) head() int { return len(c.log) }

func (c *simulatedCoordinator) at(opID uint64) *swarmlogv1.Operation { return c.log[opID-1] }

func (c *simulatedCoordinator) append(operation *swarmlogv1.Operation) {
	c.log = append(c.log, operation)
}

func (c *simulatedCoordinator) expire(opID uint64) {
	if operation := c.at(opID); isEvent(operation) && !comesAgain(operation) {
		c.expired[opID] = true
	}
}

// fork loses history from somewhere on, and another one takes its place.
func (c *simulatedCoordinator) fork() {
	c.log = slices.Clip(c.log[:c.random.IntN(len(c.log)+1)])
	if c.random.IntN(2) == 0 {
		c.forks[c.epoch] = c.head()
	}
	for ended, fork := range c.forks {
		c.forks[ended] = min(fork, c.head())
	}
	c.epoch++
	maps.DeleteFunc(c.expired, func(opID uint64, _ bool) bool { return opID > uint64(len(c.log)) })
	c.refusals.forked()
}

// plan plans a session, and puts what it will send into frames.
func (c *simulatedCoordinator) plan(stated *swarmlogv1.LogResume) *swarmlogv1.LogPlan {
	if stated == nil {
		stated = &swarmlogv1.LogResume{Position: c.position(0)}
	}
	plan := c.begin(stated)
	ended := stated.GetPosition().GetEpoch()
	if fork, remembered := c.forks[ended]; remembered {
		plan.Fork = c.position(fork)
		plan.Fork.Epoch = ended
	}
	c.startOpID = int(plan.GetStart().GetOpId())
	return plan
}

func (c *simulatedCoordinator) begin(resume *swarmlogv1.LogResume) *swarmlogv1.LogPlan {
	c.frames = nil
	c.drift.begin()
	stands := int(resume.GetPosition().GetOpId())
	if resume.GetPosition().GetEpoch() != c.epoch {
		fork, remembered := c.forks[resume.GetPosition().GetEpoch()]
		if !remembered {
			return c.snapshot(c.head(), c.head(), nil, c.view, nil)
		}
		if stands > fork || int(resume.GetTriple().GetTargetOpId()) > fork || resume.GetSnapshot() != nil {
			return c.snapshot(min(stands, fork), c.head(), c.view, c.view, nil)
		}
	}
	triple := resume.GetTriple()
	if stands > c.head() || int(triple.GetTargetOpId()) > c.head() {
		panic(fmt.Sprintf("beyond the head: %v", resume))
	}
	held := naiveScopes(resume.GetScopes())
	if len(held) == 0 {
		held = c.view
	}
	if resume.GetSnapshot() != nil {
		return c.goOn(resume, stands)
	}
	var kept, added []naiveScope
	for _, scope := range c.view {
		if slices.Contains(held, scope) {
			kept = append(kept, scope)
		} else {
			added = append(added, scope)
		}
	}
	tolerates := c.finds && c.random.IntN(2) == 0
	if (c.differs(resume, stands) && !tolerates) || c.random.IntN(12) == 0 {
		return c.snapshot(stands, c.head(), c.view, c.view, nil)
	}
	interruptedTarget, interrupted := stands, int(triple.GetTargetOpId()) > stands
	if interrupted {
		interruptedTarget = int(triple.GetTargetOpId())
	}
	known := triple == nil || triple.GetExact()
	base := stands
	if interrupted && known {
		base = int(triple.GetBaseOpId())
	}
	sent := c.put(stands, c.head(), c.delta(kept, base, stands, interruptedTarget, c.head(), known), kept)
	c.end(c.head(), sent, c.pages(c.head(), added, nil))
	kind := swarmlogv1.Plan_PLAN_DELTA
	if len(added) == 0 && stands == c.head() {
		kind = swarmlogv1.Plan_PLAN_CURRENT
	}
	plan := c.planOf(kind, stands, c.head(), added)
	plan.BaseOpId = uint64(base)
	plan.Exact = known && !interrupted
	return plan
}

func (c *simulatedCoordinator) differs(resume *swarmlogv1.LogResume, stands int) bool {
	for _, sums := range resume.GetSums() {
		scope := readScope(sums.GetScope().GetTopic(), sums.GetScope().GetTarget())
		if resume.GetTriple() == nil && len(sums.GetStateDigest()) > 0 &&
			!bytes.Equal(sums.GetStateDigest(), c.sumsAt(scope, stands).GetStateDigest()) {
			return true
		}
	}
	return false
}

// frame is the next one; nil if there is none now.
func (c *simulatedCoordinator) frame() *swarmlogv1.DataResponse {
	if len(c.frames) == 0 && c.sentTo < c.head() && !c.drift.compares() {
		if c.head()-c.sentTo > 3 && c.random.IntN(3) == 0 {
			c.fallBehind()
		} else {
			to := c.sentTo + 1 + c.random.IntN(c.head()-c.sentTo)
			c.put(c.sentTo, to, c.inView(c.sentTo, to, c.view), c.view)
			c.sentTo = to
		}
	}
	if len(c.frames) == 0 {
		return nil
	}
	next := c.frames[0]
	c.frames = c.frames[1:]
	return next
}

// insert sends something behind all that is under way.
func (c *simulatedCoordinator) insert(frame *swarmlogv1.DataResponse) {
	c.frames = append(c.frames, frame)
}

// sent is where the agent stands when it has applied all that is under way.
func (c *simulatedCoordinator) sent() *swarmlogv1.Position { return c.position(c.sentTo) }

func (c *simulatedCoordinator) goOn(resume *swarmlogv1.LogResume, stands int) *swarmlogv1.LogPlan {
	at := resume.GetSnapshot().GetPosition()
	if at.GetEpoch() != c.epoch || int(at.GetOpId()) > c.head() {
		return c.snapshot(c.head(), c.head(), nil, c.view, nil)
	}
	held := naiveScopes(resume.GetScopes())
	if (resume.GetSnapshot().GetScope() != nil || len(held) > 0) && stands != int(at.GetOpId()) {
		panic(fmt.Sprintf("pages before all events: %v", resume))
	}
	pending := slices.DeleteFunc(slices.Clone(c.view), func(scope naiveScope) bool { return slices.Contains(held, scope) })
	return c.snapshot(stands, int(at.GetOpId()), c.view, pending, resume)
}

func (c *simulatedCoordinator) snapshot(
	stands, target int, eventsOf, snapshotScopes []naiveScope, resume *swarmlogv1.LogResume,
) *swarmlogv1.LogPlan {
	events := slices.DeleteFunc(c.inView(stands, target, eventsOf),
		func(operation *swarmlogv1.Operation) bool { return !isEvent(operation) })
	sent := c.put(stands, target, events, eventsOf)
	plan := c.planOf(swarmlogv1.Plan_PLAN_SNAPSHOT, stands, target, snapshotScopes)
	if c.finds && c.random.IntN(2) == 0 {
		c.sentTo = target
		plan.Compares = true
		var intervals []keyInterval
		for _, scope := range snapshotScopes {
			intervals = append(intervals, keyInterval{scope, behindOf(scope, resume), ""})
		}
		c.drift.compare(intervals, func(paged int) { c.end(target, sent, paged) })
		return plan
	}
	c.end(target, sent, c.pages(target, snapshotScopes, resume))
	return plan
}

func (c *simulatedCoordinator) fallBehind() {
	c.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_FellBehind{
		FellBehind: &swarmlogv1.FellBehind{Position: c.sent(), Head: c.position(c.head())},
	}})
	entries := c.delta(c.view, c.sentTo, c.sentTo, c.sentTo, c.head(), true)
	c.end(c.head(), c.put(c.sentTo, c.head(), entries, c.view), 0)
}

func (c *simulatedCoordinator) planOf(
	kind swarmlogv1.Plan, stands, target int, snapshotScopes []naiveScope,
) *swarmlogv1.LogPlan {
	return &swarmlogv1.LogPlan{
		Log: swarmlogv1.Log_LOG_MAIN, Plan: kind, Start: c.position(stands), Head: c.position(c.head()),
		Target: c.position(target), Scopes: messagesOf(c.view), SnapshotScopes: messagesOf(snapshotScopes),
	}
}

// delta is what a reader is owed: events, and one entry per key whose value differs.
func (c *simulatedCoordinator) delta(
	scopes []naiveScope, base, start, interruptedTarget, target int, known bool,
) []*swarmlogv1.Operation {
	type place struct {
		scope naiveScope
		key   string
	}
	newest := map[place]*swarmlogv1.Operation{}
	var due []*swarmlogv1.Operation
	for _, operation := range c.inView(start, target, scopes) {
		if isEvent(operation) {
			due = append(due, operation)
		} else {
			newest[place{naiveScopeOf(operation), operation.GetKey()}] = operation
		}
	}
	for _, operation := range newest {
		holds := c.newestOf(operation, interruptedTarget)
		if holds != nil && holds.GetOpId() > uint64(start) {
			holds = c.newestOf(operation, base)
		}
		if !known || !bytes.Equal(holds.GetValueDigest(), operation.GetValueDigest()) {
			due = append(due, operation)
		}
	}
	slices.SortFunc(due, func(a, b *swarmlogv1.Operation) int { return int(a.GetOpId()) - int(b.GetOpId()) })
	return due
}

// put cuts an interval into deliveries, and answers how many operations they carry.
func (c *simulatedCoordinator) put(stands, to int, operations []*swarmlogv1.Operation, scopes []naiveScope) (sent int) {
	due := map[uint64]bool{}
	for _, operation := range operations {
		due[operation.GetOpId()] = true
	}
	for cursor := stands; cursor < to; {
		following := min(to, cursor+1+c.random.IntN(4))
		delivery := &swarmlogv1.Delivery{FromOpId: uint64(cursor), To: c.position(following)}
		skipped := fold()
		for _, operation := range c.inView(cursor, following, scopes) {
			if isEvent(operation) && c.expired[operation.GetOpId()] {
				skipped.apply(operation)
			} else if due[operation.GetOpId()] {
				delivery.Operations = append(delivery.Operations, operation)
				sent++
			}
		}
		for _, scope := range sortedScopes(skipped.scopes()) {
			sums := skipped.sums(scope)
			delivery.Skipped = append(delivery.Skipped, &swarmlogv1.Skipped{
				Scope: sums.GetScope(), Count: sums.GetEventCount(), EventHash: sums.GetEventHash(),
			})
		}
		c.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Delivery{Delivery: delivery}})
		cursor = following
	}
	return sent
}

func (c *simulatedCoordinator) pages(at int, scopes []naiveScope, resume *swarmlogv1.LogResume) (paged int) {
	for _, scope := range scopes {
		after := behindOf(scope, resume)
		if after == "" && isBegun(scope, resume) {
			continue
		}
		left := slices.DeleteFunc(c.keysAt(scope, at),
			func(operation *swarmlogv1.Operation) bool { return !inside(operation.GetKey(), after, "") })
		for more := true; more; {
			size := min(len(left), 1+c.random.IntN(2))
			through := ""
			if more = len(left) > size; more {
				through = left[size-1].GetKey()
			}
			c.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Snapshot{Snapshot: &swarmlogv1.SnapshotPage{
				Position: c.position(at), Scope: scope.message(), AfterKey: after, ThroughKey: through, Operations: left[:size],
			}}})
			paged += size
			left, after = left[size:], through
		}
	}
	return paged
}

func (c *simulatedCoordinator) end(target, sent, paged int) {
	receipt := &swarmlogv1.SyncReceipt{
		Target: c.position(target), SentCount: uint64(sent), SnapshotCount: uint64(paged),
	}
	for _, scope := range c.view {
		if len(c.inView(0, target, []naiveScope{scope})) > 0 {
			receipt.Sums = append(receipt.Sums, c.sumsAt(scope, target))
		}
	}
	c.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Receipt{Receipt: receipt}})
	c.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_CaughtUp{
		CaughtUp: &swarmlogv1.CaughtUp{Position: c.position(target)},
	}})
	c.sentTo = target
}

// keysAt are the operations that set the live keys of a scope, in the order of the keys.
func (c *simulatedCoordinator) keysAt(scope naiveScope, opID int) []*swarmlogv1.Operation {
	live := map[string]*swarmlogv1.Operation{}
	for _, operation := range c.inView(0, opID, []naiveScope{scope}) {
		if operation.GetOperationClass() != swarmlogv1.OperationClass_OPERATION_CLASS_KEYED {
			continue
		}
		delete(live, operation.GetKey())
		if !operation.GetTombstone() {
			live[operation.GetKey()] = operation
		}
	}
	return slices.SortedFunc(maps.Values(live), func(a, b *swarmlogv1.Operation) int {
		return strings.Compare(a.GetKey(), b.GetKey())
	})
}

func (c *simulatedCoordinator) sumsAt(scope naiveScope, opID int) *swarmlogv1.ScopeSums {
	return fold(c.log[:opID]...).sums(scope)
}

func (c *simulatedCoordinator) inView(after, to int, scopes []naiveScope) []*swarmlogv1.Operation {
	var seen []*swarmlogv1.Operation
	for _, operation := range c.log[min(after, to):to] {
		if slices.Contains(scopes, naiveScopeOf(operation)) {
			seen = append(seen, operation)
		}
	}
	return seen
}

func (c *simulatedCoordinator) newestOf(ofKey *swarmlogv1.Operation, atOpID int) *swarmlogv1.Operation {
	for _, operation := range slices.Backward(c.log[:atOpID]) {
		if operation.GetKey() == ofKey.GetKey() && naiveScopeOf(operation) == naiveScopeOf(ofKey) {
			return operation
		}
	}
	return nil
}

func (c *simulatedCoordinator) position(opID int) *swarmlogv1.Position {
	return &swarmlogv1.Position{Log: swarmlogv1.Log_LOG_MAIN, Incarnation: 1, Epoch: c.epoch, OpId: uint64(opID)}
}

func isBegun(scope naiveScope, resume *swarmlogv1.LogResume) bool {
	begun := resume.GetSnapshot().GetScope()
	return begun != nil && readScope(begun.GetTopic(), begun.GetTarget()) == scope
}

// behindOf is behind which key the rest of a scope begins.
func behindOf(scope naiveScope, resume *swarmlogv1.LogResume) string {
	if !isBegun(scope, resume) {
		return ""
	}
	return resume.GetSnapshot().GetLastKey()
}

func naiveScopes(messages []*swarmlogv1.Scope) []naiveScope {
	scopes := make([]naiveScope, len(messages))
	for i, message := range messages {
		scopes[i] = readScope(message.GetTopic(), message.GetTarget())
	}
	return scopes
}

func messagesOf(scopes []naiveScope) []*swarmlogv1.Scope {
	messages := make([]*swarmlogv1.Scope, len(scopes))
	for i, scope := range scopes {
		messages[i] = scope.message()
	}
	return messages
}

func sortedScopes(scopes []naiveScope) []naiveScope {
	slices.SortFunc(scopes, func(a, b naiveScope) int { return strings.Compare(a.name, b.name) })
	return scopes
}
