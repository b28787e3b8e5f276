package session_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

const simulatedSteps = 250

// effects says how an agent's effects and its cursor are committed, and what it knows of its keys.
type effects int

const (
	committedWithTheCursor effects = iota
	beforeTheCursor
	withoutKeyIndex
	withAStateSource
)

var (
	simulatedKeys   = []string{"x", "\ufffd", "\U0001f600"}
	simulatedScopes = []naiveScope{roleScope("A"), roleScope("B"), roleScope("C")}
	simulatedValues = map[string]string{}
	wrongDigest     = naiveValueDigest(simulatedPayload("wrong"))
	reconnect       = session.TimerKey{Kind: session.TimerReconnect}
)

func init() {
	for _, value := range []string{"a", "b", "wrong"} {
		simulatedValues[string(naiveValueDigest(simulatedPayload(value)))] = value
	}
}

func roleScope(role string) naiveScope { return naiveScope{swarmlogv1.Topic_TOPIC_COMMANDS, 3, role} }

func scopeOf(scope naiveScope) names.Scope {
	return names.Scope{Topic: names.Topic(scope.topic), Role: scope.name}
}

func naiveOf(scope names.Scope) naiveScope { return roleScope(scope.Role) }

func simulatedPayload(value string) *swarmlogv1.Payload {
	return &swarmlogv1.Payload{Type: "t", ContentType: "text/plain", Data: []byte(value)}
}

// Random histories of an agent that resumes by the minimal delta.
//
// The log grows, events expire, streams break at any moment, also while a handler has a batch, the agent crashes before, in
// the middle of and after its effects, its view changes, it falls behind, and now and then history forks or the agent's state
// is damaged. A coordinator that looks for drift finds it by the sums that the agent reports, and repairs it: operations that
// were lost or changed on the way to the agent, keys that were changed in its store, and what was changed in the user's own
// state behind the agent's back. Sums that differ where nothing was damaged are an error. In the end it holds what a naive
// fold of the log holds; and no exact sync brings anything in vain.
//
// SIMULATION_SEED=… reproduces one, SIMULATION_HISTORIES=… runs more.
func TestHoldsWhatAFoldOfTheLogHolds(t *testing.T) {
	kinds := map[effects]string{
		committedWithTheCursor: "committed with the cursor", beforeTheCursor: "before the cursor",
		withoutKeyIndex: "without key index", withAStateSource: "with a state source",
	}
	for kind, name := range kinds {
		t.Run(name, func(t *testing.T) { simulate(t, kind) })
	}
}

func simulate(t *testing.T, kind effects) {
	histories := fromEnvironment("SIMULATION_HISTORIES", 600)
	only := fromEnvironment("SIMULATION_SEED", 0)
	seen := map[string]int{}
	for seed := uint64(1); seed <= histories; seed++ {
		if only > 0 {
			seed = only
		}
		history := newHistory(seed, kind)
		if err := history.proceed(); err != nil {
			t.Fatalf("%v\nReproduce with SIMULATION_SEED=%d", err, seed)
		}
		if only > 0 {
			return
		}
		for what, times := range history.seen {
			seen[what] += times
		}
	}
	wanted := map[string]int{
		"PLAN_DELTA": 1, "PLAN_SNAPSHOT": 1, "PLAN_CURRENT": 1, "inexact": 1, "fell behind": 1, "repaired events": 1,
		"cut while it drifted": 1, "compared": 1, "crash": int(histories), "healed": int(histories) / 20,
		"sums agree": int(histories), "parted": 1, "parted at a fork": 1, "went on in another epoch": 1,
	}
	if kind != withoutKeyIndex {
		wanted["query"], wanted["repaired keys"], wanted["changed on the way"] = 1, 1, 1
	}
	if kind == beforeTheCursor || kind == withAStateSource {
		wanted["OUTCOME_REFUSED"], wanted["OUTCOME_PARKED"], wanted["lost reply"] = 1, 1, 1
		wanted["lacks keys after a crash"] = 1
	}
	for what, least := range wanted {
		if seen[what] < least {
			t.Errorf("Expected to have seen %q at least %d times, but it was %d", what, least, seen[what])
		}
	}
}

// The check itself must be able to fail.
func TestDoesNotPassWhereAnEntryIsLost(t *testing.T) {
	history := newHistory(1, committedWithTheCursor)
	history.run()
	if err := history.check(); err != nil {
		t.Fatal(err)
	}
	for _, ofScope := range history.state {
		clear(ofScope)
	}
	if err := history.check(); err == nil {
		t.Error("Expected to be told that entries are lost, but was not")
	}
}

func fromEnvironment(name string, otherwise uint64) uint64 {
	set, err := strconv.ParseUint(os.Getenv(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return set
}

// history drives a session as a shell would, and is told what happens to it.
type history struct {
	random      *rand.Rand
	kind        effects
	seen        map[string]int
	view        []naiveScope
	coordinator *simulatedCoordinator

	// What the user holds, and what is stored.
	state      map[naiveScope]map[string][]byte
	events     map[happened]int
	givenAgain map[uint64]bool
	durable    *swarmlogv1.LogResume
	keys       map[held.Key]held.Key

	faulty bool
	// Events of another history, or of before a scope was added, are nobody's loss.
	forked      bool
	damaged     bool
	everDropped map[naiveScope]bool
	drift       bool
	// Few faults, so that it is live for long.
	calm bool
	// Whether its view changes again before what came of the last change is done.
	restless bool
	// What the agent holds may not be what the log holds, from a position on, until sums agree.
	isDrifted bool
	// Since the last sync ended.
	suspect      bool
	driftedAt    *swarmlogv1.Position
	lostOnTheWay map[uint64]bool

	session   *session.Session
	now       session.State
	ledger    *session.Ledger
	hello     *swarmlogv1.LogResume
	control   bool
	attached  bool
	requested int
	timers    map[session.TimerKey]bool
	running   *session.Step
	failed    *session.Step
	// The run that stopped, where it goes on, and what was refused of the step.
	refusing *session.Step
	next     int
	refused  map[int]struct{}
	prepared *session.Prepared
	asked    *swarmlogv1.Nack
}

// happened is an event that took effect.
type happened struct {
	scope       naiveScope
	epoch, opID uint64
}

func newHistory(seed uint64, kind effects) *history {
	random := rand.New(rand.NewPCG(seed, uint64(kind)))
	made := &history{
		random: random, kind: kind, seen: map[string]int{}, view: slices.Clone(simulatedScopes),
		state: map[naiveScope]map[string][]byte{}, events: map[happened]int{}, givenAgain: map[uint64]bool{},
		keys: map[held.Key]held.Key{}, faulty: true, everDropped: map[naiveScope]bool{}, drift: random.IntN(4) > 0,
		calm: random.IntN(2) == 0, restless: seed%4 == 3, driftedAt: &swarmlogv1.Position{}, lostOnTheWay: map[uint64]bool{},
	}
	made.coordinator = newSimulatedCoordinator(random, made.view, made.drift)
	made.boot()
	return made
}

// proceed runs it and checks what it comes to; what breaks off is an error.
func (h *history) proceed() (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("it broke off: %v", thrown)
		}
	}()
	h.run()
	return h.check()
}

func (h *history) run() {
	for range simulatedSteps {
		h.step()
	}
	h.faulty = false
	for range 5_000 {
		if h.isDone() {
			return
		}
		h.step()
	}
}

func (h *history) isDone() bool {
	return h.now == session.Live && h.running == nil && h.failed == nil && h.refusing == nil &&
		h.coordinator.refusals.isSettled() && !h.isDrifted &&
		h.durable.GetPosition() != nil && int(h.durable.GetPosition().GetOpId()) == h.coordinator.head()
}

func (h *history) oneIn(n int) bool { return h.random.IntN(n) == 0 }

func (h *history) step() {
	switch drawn := h.random.IntN(16); {
	case 2 <= drawn && drawn < 4:
		h.fireATimer()
	case 4 <= drawn && drawn < 8:
		h.finish()
	case drawn >= 12:
		h.letTheCoordinatorAct()
	case h.faulty:
		h.disturb(drawn)
	}
}

func (h *history) letTheCoordinatorAct() {
	switch {
	case h.control:
		h.welcome()
	case h.asked != nil:
		h.answerNack()
	default:
		h.coordinator.refusals.release(!h.faulty)
		h.deliverAFrame()
	}
}

func (h *history) fireATimer() {
	for _, kind := range []session.TimerKind{
		session.TimerReconnect, session.TimerFlush, session.TimerBreaker, session.TimerNack, session.TimerRetry,
		session.TimerSums,
	} {
		key := session.TimerKey{Kind: kind, Lane: names.Main}
		if kind == session.TimerReconnect {
			key = reconnect
		}
		if !h.timers[key] {
			continue
		}
		delete(h.timers, key)
		if kind == session.TimerSums {
			h.coordinator.drift.looks = true
		}
		h.session.Timer(key, time.Time{})
		return
	}
}

// answerNack has the coordinator take a Nack, and answer; or its answer is lost, and the session.
func (h *history) answerNack() {
	reply := h.coordinator.refusals.refuse(h.asked, h.faulty)
	h.asked = nil
	h.seen[reply.GetOutcome().String()]++
	if h.faulty && h.oneIn(8) {
		h.seen["lost reply"]++
		h.breakStreams()
		return
	}
	h.session.ControlFrame(&swarmlogv1.ControlResponse{
		Frame: &swarmlogv1.ControlResponse_NackReply{NackReply: reply},
	}, time.Time{})
}

func (h *history) welcome() {
	h.control = false
	plan := h.coordinator.plan(h.hello)
	if plan.GetCompares() {
		h.seen["compared"]++
	}
	welcome := &swarmlogv1.Welcome{
		SessionId:    "s",
		Capabilities: uint64(swarmlogv1.Capability_CAPABILITY_SYNC | swarmlogv1.Capability_CAPABILITY_NACK),
		Plans:        []*swarmlogv1.LogPlan{plan},
	}
	if h.drift {
		welcome.Capabilities |= uint64(swarmlogv1.Capability_CAPABILITY_DRIFT)
		welcome.Limits = &swarmlogv1.Limits{DriftCheckIntervalMs: 10_000}
	}
	h.session.ControlFrame(&swarmlogv1.ControlResponse{
		Frame: &swarmlogv1.ControlResponse_Welcome{Welcome: welcome},
	}, time.Time{})
}

func (h *history) deliverAFrame() {
	if !h.attached || h.requested == 0 {
		return
	}
	frame := h.coordinator.frame()
	if frame == nil {
		return
	}
	h.requested--
	frame = h.corrupted(frame)
	if frame.GetFellBehind() != nil {
		h.seen["fell behind"]++
	}
	h.session.LaneFrame(names.Main, frame, time.Time{})
}

func choose(either bool, then, otherwise int) int {
	if either {
		return then
	}
	return otherwise
}
