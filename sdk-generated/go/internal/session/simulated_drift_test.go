package session_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// keyInterval is a scope, behind which key (exclusive), through which one (inclusive).
type keyInterval struct {
	scope          naiveScope
	after, through string
}

// simulatedDrift is what a coordinator does about drift, by walking the log. It compares the sums of acks, goes down where
// they differ, one query at a time, and repairs. It begins anew with each session.
type simulatedDrift struct {
	coordinator *simulatedCoordinator
	toAsk       []keyInterval
	toRepair    []keyInterval
	asked       *swarmlogv1.DigestQuery
	askedAt     *swarmlogv1.Position
	queries     uint64
	// It remembers that beyond a session, and the agent does not.
	looks bool
	// Within a sync: what is still to be compared, how much was sent, and who waits for that.
	toCompare []keyInterval
	paged     int
	compared  func(paged int)
	// Something was repaired: the next sums are looked at in any case.
	verifies bool
}

func (d *simulatedDrift) begin() {
	*d = simulatedDrift{coordinator: d.coordinator, looks: d.looks}
}

// compare sends within a sync what the agent holds otherwise, scope by scope.
func (d *simulatedDrift) compare(intervals []keyInterval, done func(paged int)) {
	d.toCompare = append(d.toCompare, intervals...)
	d.paged = 0
	d.compared = done
	d.ask()
}

// compares says whether a sync waits for answers.
func (d *simulatedDrift) compares() bool { return d.compared != nil }

// acknowledged says whether the sums are those of the log; if not, it looks for what differs.
func (d *simulatedDrift) acknowledged(at *swarmlogv1.Position, sums []*swarmlogv1.ScopeSums) bool {
	acts := d.asked == nil && (d.looks || d.verifies)
	d.looks = d.looks && !acts
	d.verifies = false
	var scopes []naiveScope
	equal := true
	for _, held := range sums {
		scope := readScope(held.GetScope().GetTopic(), held.GetScope().GetTarget())
		scopes = append(scopes, scope)
		expected := d.coordinator.sumsAt(scope, int(at.GetOpId()))
		state := len(held.GetStateDigest()) == 0 || bytes.Equal(held.GetStateDigest(), expected.GetStateDigest())
		events := len(held.GetEventHash()) == 0 || (held.GetEventCount() == expected.GetEventCount() &&
			bytes.Equal(held.GetEventHash(), expected.GetEventHash()))
		equal = equal && state && events
		if acts && !events {
			d.verifies = true
			told := d.coordinator.sumsAt(scope, d.coordinator.sentTo)
			d.insertRepair(&swarmlogv1.Repair{Events: told})
		}
		if acts && !state {
			d.toAsk = append(d.toAsk, keyInterval{scope, "", ""})
		}
	}
	if !slices.Equal(scopes, d.coordinator.view) {
		panic(fmt.Sprintf("Expected sums of every scope held, %v, but got those of %v", d.coordinator.view, scopes))
	}
	d.ask()
	return equal
}

func (d *simulatedDrift) answered(report *swarmlogv1.DigestReport) {
	query := d.asked
	d.asked = nil
	if query == nil || report.GetQueryId() != query.GetQueryId() || !proto.Equal(report.GetPosition(), d.askedAt) ||
		len(report.GetParts()) < 1 || len(report.GetParts()) > int(query.GetMaxParts()) {
		panic(fmt.Sprintf("Expected an answer to %v at %v, but got %v", query, d.askedAt, report))
	}
	scope := readScope(query.GetScope().GetTopic(), query.GetScope().GetTarget())
	if report.GetUnknown() && d.compared != nil {
		d.toRepair = append(d.toRepair, keyInterval{scope, query.GetAfterKey(), query.GetThroughKey()})
		d.ask()
		return
	}
	live := d.coordinator.keysAt(scope, int(d.askedAt.GetOpId()))
	before := query.GetAfterKey()
	for _, part := range report.GetParts() {
		there := fold()
		for _, operation := range live {
			if inside(operation.GetKey(), before, part.GetThroughKey()) {
				there.apply(operation)
			}
		}
		if !bytes.Equal(part.GetDigest(), there.sums(scope).GetStateDigest()) {
			interval := keyInterval{scope, before, part.GetThroughKey()}
			if part.GetKeyCount() <= 1 {
				d.toRepair = append(d.toRepair, interval)
			} else {
				d.toAsk = append(d.toAsk, interval)
			}
		}
		before = part.GetThroughKey()
	}
	if before != query.GetThroughKey() {
		panic(fmt.Sprintf("Expected an answer that ends with the interval, but got %v", report))
	}
	d.ask()
}

func (d *simulatedDrift) ask() {
	if d.asked != nil {
		return
	}
	if len(d.toAsk) == 0 && d.compared != nil {
		d.pages()
	}
	if len(d.toAsk) == 0 {
		d.repair()
		return
	}
	interval := d.toAsk[0]
	d.toAsk = d.toAsk[1:]
	d.queries++
	d.asked = &swarmlogv1.DigestQuery{
		QueryId: d.queries, Scope: interval.scope.message(), AfterKey: interval.after, ThroughKey: interval.through,
		MaxParts: uint32(2 + d.coordinator.random.IntN(3)),
	}
	d.askedAt = d.coordinator.sent()
	d.coordinator.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_DigestQuery{DigestQuery: d.asked}})
}

// pages sends what differs of one scope; then it is the turn of the next one.
func (d *simulatedDrift) pages() {
	slices.SortFunc(d.toRepair, func(a, b keyInterval) int { return strings.Compare(a.after, b.after) })
	for _, interval := range d.toRepair {
		page := d.page(interval)
		d.paged += len(page.GetOperations())
		d.coordinator.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Snapshot{Snapshot: page}})
	}
	d.toRepair = nil
	if len(d.toCompare) > 0 {
		d.toAsk = append(d.toAsk, d.toCompare[0])
		d.toCompare = d.toCompare[1:]
	} else {
		done := d.compared
		d.compared = nil
		done(d.paged)
	}
}

func (d *simulatedDrift) page(interval keyInterval) *swarmlogv1.SnapshotPage {
	page := &swarmlogv1.SnapshotPage{
		Position: d.coordinator.sent(), Scope: interval.scope.message(), AfterKey: interval.after, ThroughKey: interval.through,
	}
	for _, operation := range d.coordinator.keysAt(interval.scope, d.coordinator.sentTo) {
		if inside(operation.GetKey(), interval.after, interval.through) {
			page.Operations = append(page.Operations, operation)
		}
	}
	return page
}

// repair sends one frame per scope and now and then several, each true where the agent stands then.
func (d *simulatedDrift) repair() {
	view := d.coordinator.view
	slices.SortFunc(d.toRepair, func(a, b keyInterval) int {
		if of := slices.Index(view, a.scope) - slices.Index(view, b.scope); of != 0 {
			return of
		}
		return strings.Compare(a.after, b.after)
	})
	repair := &swarmlogv1.Repair{}
	for i, interval := range d.toRepair {
		if i > 0 && (d.toRepair[i-1].scope != interval.scope || d.coordinator.random.IntN(4) == 0) {
			d.insertRepair(repair)
			repair = &swarmlogv1.Repair{}
		}
		repair.Pages = append(repair.Pages, d.page(interval))
	}
	if len(repair.GetPages()) > 0 {
		d.insertRepair(repair)
	}
	d.verifies = d.verifies || len(d.toRepair) > 0
	d.toRepair = nil
}

func (d *simulatedDrift) insertRepair(repair *swarmlogv1.Repair) {
	d.coordinator.insert(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Repair{Repair: repair}})
}
