package session_test

import (
	"iter"
	"time"

	"google.golang.org/grpc/codes"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

// finish lets the handler go on, who may refuse, fail, or crash before, in the middle of and after its effects.
func (h *history) finish() {
	if h.running == nil {
		return
	}
	if h.prepared == nil {
		h.prepared = h.ledger.Prepare(h.running)
	}
	h.announce()
	if h.refuses() {
		return
	}
	operations := len(h.prepared.Batch.Operations)
	atomic := h.kind != beforeTheCursor
	if h.faulty && h.oneIn(choose(h.calm, 48, 6)) {
		if !atomic {
			h.apply(h.random.IntN(operations + 1))
		}
		if h.oneIn(2) {
			h.crash()
		} else {
			h.failed, h.running = h.running, nil
			h.session.ApplyFailed(names.Main, time.Time{})
		}
		return
	}
	h.apply(operations)
	if h.faulty && !atomic && h.oneIn(10) {
		h.crash()
		return
	}
	done := h.ledger.Applied(h.prepared, h.refused)
	h.save(done.After, done.SavedKeys())
	if h.faulty && h.oneIn(choose(h.calm, 96, 12)) {
		h.crash()
		return
	}
	h.running, h.prepared = nil, nil
	h.session.Applied(names.Main, done, time.Time{})
}

// refuses stops at an operation, having applied those before it where effects are not atomic.
func (h *history) refuses() bool {
	operations := h.prepared.Batch.Operations
	can := h.kind == beforeTheCursor || h.kind == withAStateSource
	if !can || !h.faulty || h.next >= len(operations) || !h.oneIn(6) {
		return false
	}
	at := h.next + h.random.IntN(len(operations)-h.next)
	if h.prepared.IsMade(at) {
		return false
	}
	if h.kind == beforeTheCursor {
		h.apply(at)
	}
	before := h.next
	h.next = at
	h.refusing, h.running = h.running, nil
	nack := &swarmlogv1.Nack{
		Log: swarmlogv1.Log_LOG_MAIN, OpId: operations[at].GetOpId(), Reaction: swarmlogv1.Nack_REACTION_RETRY,
	}
	h.session.Refused(names.Main, nack, at-before, time.Time{})
	return true
}

// announce does as an agent with handlers does.
func (h *history) announce() {
	if h.kind != beforeTheCursor {
		return
	}
	batch := h.prepared.Batch
	due := len(batch.Replaced) > 0
	for _, operation := range batch.Operations {
		due = due || (session.IsKeyed(operation) && !session.IsRedelivery(operation))
	}
	if due {
		var unknown []held.Key
		for _, key := range batch.ChangedKeys {
			unknown = append(unknown, key.Unknown())
		}
		h.save(session.UnderWay(h.durable, h.prepared.After), unknown)
	}
}

func (h *history) save(after *swarmlogv1.LogResume, changed []held.Key) {
	h.durable = after
	for _, key := range changed {
		place := held.Key{Scope: key.Scope, Key: key.Key}
		if key.IsGone() {
			delete(h.keys, place)
		} else {
			h.keys[place] = key
		}
	}
}

func (h *history) apply(operations int) {
	batch := h.prepared.Batch
	for _, replaced := range batch.Replaced {
		for key := range h.state[naiveOf(replaced.Scope)] {
			if inside(key, replaced.AfterKey, replaced.ThroughKey) {
				delete(h.state[naiveOf(replaced.Scope)], key)
			}
		}
	}
	for i, operation := range batch.Operations[:operations] {
		if _, refused := h.refused[i]; refused {
			continue
		}
		if comesAgain(operation) {
			h.givenAgain[operation.GetOrigin().GetOpId()] = true
		}
		if isEvent(operation) {
			h.events[happened{naiveScopeOf(operation), batch.To.GetEpoch(), operation.GetOpId()}]++
		} else {
			h.hold(naiveScopeOf(operation), operation.GetKey(), operation.GetValueDigest())
		}
	}
}

func (h *history) hold(scope naiveScope, key string, value []byte) {
	if h.state[scope] == nil {
		h.state[scope] = map[string][]byte{}
	}
	delete(h.state[scope], key)
	if len(value) > 0 {
		h.state[scope][key] = value
	}
}

func (h *history) breakStreams() {
	if h.isDrifted {
		h.seen["cut while it drifted"]++
	}
	h.session.StreamEnded(failure.Local(codes.Unavailable, "the stream broke"), time.Time{})
}

func (h *history) crash() {
	h.seen["crash"]++
	h.boot()
	if h.ledger.LacksKeys() {
		h.seen["lacks keys after a crash"]++
	}
}

func (h *history) boot() {
	h.hello, h.control, h.attached, h.requested = nil, false, false, 0
	h.timers = map[session.TimerKey]bool{}
	h.running, h.failed, h.refusing, h.next = nil, nil, nil, 0
	h.refused, h.prepared, h.asked = map[int]struct{}{}, nil, nil
	h.now = session.Waiting
	var source session.StateSource
	var interval time.Duration
	if h.kind == withAStateSource {
		source, interval = h.source, time.Minute
	}
	h.ledger = session.NewLedger(h.durable, h.kind != withoutKeyIndex, source)
	if h.kind != withoutKeyIndex {
		for _, key := range h.keys {
			h.ledger.Load(key)
		}
	}
	h.session = session.New(session.Settings{
		Identity: &swarmlogv1.Hello{},
		Lanes:    []session.LaneStored{{Log: names.Main, Resume: h.durable, LacksKeys: h.ledger.LacksKeys()}},
		Output:   h, Listener: h, Backoffs: func() *backoff.Backoff { return backoff.New(longest{}) }, StateInterval: interval,
	})
	h.session.Start()
}

func (h *history) source(scope names.Scope) (iter.Seq2[string, *swarmlogv1.Payload], error) {
	return func(yield func(string, *swarmlogv1.Payload) bool) {
		for key, digest := range h.state[naiveOf(scope)] {
			if !yield(key, simulatedPayload(simulatedValues[string(digest)])) {
				return
			}
		}
	}, nil
}
