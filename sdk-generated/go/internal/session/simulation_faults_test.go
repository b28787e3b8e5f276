package session_test

import (
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
)

func (h *history) disturb(drawn int) {
	switch {
	case drawn == 0:
		if !h.calm || h.oneIn(8) {
			h.breakStreams()
		}
	case drawn == 1:
		if h.oneIn(choose(h.calm, 24, 3)) {
			h.crash()
		}
	case drawn < 11:
		h.grow()
	case h.oneIn(choose(h.restless, 2, 10)):
		h.disaster()
	case h.drift && h.oneIn(10):
		h.corruptState()
	}
}

func (h *history) grow() {
	opID := uint64(h.coordinator.head() + 1)
	scope := simulatedScopes[h.random.IntN(len(simulatedScopes))]
	key := simulatedKeys[h.random.IntN(len(simulatedKeys))]
	switch h.random.IntN(6) {
	case 0:
		event := eventOf(opID, scope)
		h.coordinator.append(event)
	case 1:
		h.coordinator.append(keyed(eventOf(opID, scope), key, "-"))
	case 2:
		if opID > 1 {
			h.coordinator.expire(1 + h.random.Uint64N(opID-1))
		}
	default:
		made := keyed(eventOf(opID, scope), key, "a")
		made.Payload = simulatedPayload([]string{"a", "b"}[h.random.IntN(2)])
		made.ValueDigest = naiveValueDigest(made.GetPayload())
		h.coordinator.append(made)
	}
}

func (h *history) disaster() {
	switch h.random.IntN(choose(h.restless && !h.oneIn(8), 1, 3)) {
	case 0:
		h.changeView()
	case 1:
		h.forked = true
		h.breakStreams()
		h.coordinator.fork()
		h.seen["fork"]++
	default:
		if h.kind == committedWithTheCursor && h.running == nil && h.failed == nil {
			h.damage()
		}
	}
}

// changeView: the view belongs to the settings of the agent, so it changes with a restart.
func (h *history) changeView() {
	count := 1 + h.random.IntN(3)
	chosen := map[int]bool{}
	for _, index := range h.random.Perm(len(simulatedScopes))[:count] {
		chosen[index] = true
	}
	before := h.view
	h.view = nil
	for index, scope := range simulatedScopes {
		if chosen[index] {
			h.view = append(h.view, scope)
		}
	}
	for _, scope := range simulatedScopes {
		if !containsScope(h.view, scope) || !containsScope(before, scope) {
			h.everDropped[scope] = true
		}
	}
	h.coordinator.view = h.view
	h.crash()
}

func containsScope(scopes []naiveScope, scope naiveScope) bool {
	for _, each := range scopes {
		if each == scope {
			return true
		}
	}
	return false
}

// damage has the user's state and the index lose a key, unnoticed; the sums with it.
func (h *history) damage() {
	stands := h.durable
	if stands == nil || len(h.keys) == 0 || stands.GetInterrupted() != nil {
		return
	}
	lost := h.anyKey()
	if !containsScope(naiveScopes(stands.GetScopes()), naiveOf(lost.Scope)) {
		return
	}
	h.hold(naiveOf(lost.Scope), lost.Key, nil)
	delete(h.keys, held.Key{Scope: lost.Scope, Key: lost.Key})
	left := fold()
	for _, key := range h.keys {
		scope := naiveOf(key.Scope)
		if left.values[scope] == nil {
			left.values[scope] = map[string][]byte{}
		}
		left.values[scope][key.Key] = []byte(key.ValueDigest)
	}
	changed := proto.CloneOf(stands)
	for _, sums := range changed.GetSums() {
		if len(sums.GetStateDigest()) > 0 {
			sums.StateDigest = left.sums(readScope(sums.GetScope().GetTopic(), sums.GetScope().GetTarget())).GetStateDigest()
		}
	}
	h.durable = changed
	h.damaged = true
	h.driftedFrom(stands.GetPosition())
	h.seen["damage"]++
	h.crash()
}

// anyKey draws one that is stored, the same for the same seed.
func (h *history) anyKey() held.Key {
	var keys []held.Key
	for _, scope := range simulatedScopes {
		for _, key := range append([]string{"ghost"}, simulatedKeys...) {
			if stored, found := h.keys[held.Key{Scope: scopeOf(scope), Key: key}]; found {
				keys = append(keys, stored)
			}
		}
	}
	return keys[h.random.IntN(len(keys))]
}

func (h *history) driftedFrom(at *swarmlogv1.Position) {
	h.isDrifted = h.drift
	h.suspect = h.drift
	h.driftedAt = at
}

// corruptState: nobody notices, and nothing is told.
func (h *history) corruptState() {
	stands := h.durable
	if h.running != nil || h.failed != nil || stands == nil {
		return
	}
	scope := h.view[h.random.IntN(len(h.view))]
	if !containsScope(naiveScopes(stands.GetScopes()), scope) {
		return
	}
	key := []string{"x", "\ufffd", "ghost"}[h.random.IntN(3)]
	var value []byte
	if !h.oneIn(3) {
		value = naiveValueDigest(simulatedPayload([]string{"a", "wrong"}[h.random.IntN(2)]))
	}
	switch h.kind {
	case withAStateSource:
		h.hold(scope, key, value)
		h.driftedFrom(stands.GetPosition())
		h.seen["corrupted state"]++
	case committedWithTheCursor, beforeTheCursor:
		stored := wrongDigest
		if indexOnly := h.oneIn(2); !indexOnly {
			stored = value
			h.hold(scope, key, value)
		}
		h.save(h.durable, []held.Key{{Scope: scopeOf(scope), Key: key, ValueDigest: string(stored)}})
		h.driftedFrom(stands.GetPosition())
		h.seen["corrupted store"]++
		h.crash()
	}
}

// corrupted: an operation is lost or changed on the way to the agent.
func (h *history) corrupted(frame *swarmlogv1.DataResponse) *swarmlogv1.DataResponse {
	operations := frame.GetDelivery().GetOperations()
	if !h.faulty || !h.drift || len(operations) == 0 {
		return frame
	}
	index := h.random.IntN(len(operations))
	operation := operations[index]
	if !h.oneIn(15) || comesAgain(operation) || (!isEvent(operation) && h.kind == withoutKeyIndex) {
		return frame
	}
	if h.keys[held.Key{Scope: scopeOf(naiveScopeOf(operation)), Key: operation.GetKey()}].IsLacking() {
		// A key that was refused counts as the log has it: that it is lost once more shows in no sum, if it has that value again.
		return frame
	}
	changed := proto.CloneOf(frame)
	delivery := changed.GetDelivery()
	switch {
	case isEvent(operation) && swapEvents(delivery.GetOperations(), index):
		h.seen["events in another order"]++
	case isEvent(operation) || operation.GetTombstone() || h.oneIn(2):
		delivery.Operations = append(delivery.GetOperations()[:index], delivery.GetOperations()[index+1:]...)
		h.lostOnTheWay[operation.GetOpId()] = true
		h.seen["lost on the way"]++
	default:
		delivery.GetOperations()[index].ValueDigest = wrongDigest
		delivery.GetOperations()[index].Payload = simulatedPayload("wrong")
		h.seen["changed on the way"]++
	}
	h.driftedFrom(frame.GetDelivery().GetTo())
	return changed
}

// swapEvents: an event takes the place of another one of its scope, and that one takes its place.
func swapEvents(operations []*swarmlogv1.Operation, index int) bool {
	first := operations[index]
	for _, other := range operations[index+1:] {
		if isEvent(other) && !comesAgain(other) && naiveScopeOf(other) == naiveScopeOf(first) {
			first.ValueDigest, other.ValueDigest = other.GetValueDigest(), first.GetValueDigest()
			return true
		}
	}
	return false
}
