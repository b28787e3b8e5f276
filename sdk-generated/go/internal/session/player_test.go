package session_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/failure/failuretest"
	"swarmlog.dev/go/internal/held"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
	"swarmlog.dev/go/internal/transcript"
)

// longest draws no jitter: always the longest delay.
type longest struct{}

func (longest) Int64N(n int64) int64 { return n - 1 }

// player is an agent that says what it does.
//
// It is made by "agent LANES [POSITIONS]"; with "state=MS" what it holds is compared that often, and "user A:x:a" changes it
// behind its back. What "restart" makes of it goes on from what was committed.
type player struct {
	outputs []string
	walk    func(before, after string)

	lanes         []names.Log
	resumes       map[names.Log]*swarmlogv1.LogResume
	keys          map[held.Key]string
	user          map[names.Scope]map[string]*swarmlogv1.Payload
	readable      bool
	stateInterval time.Duration

	session *session.Session
	ledgers map[names.Log]*session.Ledger
	state   session.State
	now     time.Time
	steps   map[names.Log]*session.Step
	refused map[uint64]bool
}

func (p *player) take(line transcript.Input) []string {
	p.outputs = nil
	p.inputs()[line.Verb](line)
	return p.outputs
}

func (p *player) inputs() map[string]func(transcript.Input) {
	return map[string]func(transcript.Input){
		"agent": p.doAgent, "restart": func(transcript.Input) { p.restart() }, "start": func(transcript.Input) { p.session.Start() },
		"welcome": p.doWelcome, "plan": p.doPlan, "reply": p.doReply, "page": p.doPage, "receipt": p.doReceipt,
		"query": p.doQuery, "repair": p.doRepair, "drain": p.doDrain, "delivery": p.doDelivery, "telemetry": p.doTelemetry,
		"caughtUp": p.doCaughtUp, "fellBehind": p.doFellBehind, "applied": p.doApplied, "refused": p.doRefused,
		"nackReply": p.doNackReply, "ended": p.doEnded, "timer": p.doTimer,
		"user": func(line transcript.Input) {
			for _, word := range line.Words {
				p.hold(operationOf("0:" + word))
			}
		},
		"unreadable":  func(transcript.Input) { p.readable = false },
		"applyFailed": func(line transcript.Input) { p.session.ApplyFailed(logNamed(line.Words[0]), p.now) },
		"handlerStopped": func(transcript.Input) {
			p.session.HandlerStopped(failure.LocalTerminal("Expected more, but less", nil))
		},
		"connectionLost": func(transcript.Input) { p.session.ConnectionLost(p.now) },
		"clock": func(line transcript.Input) {
			p.now = p.now.Add(time.Duration(number(strings.TrimSuffix(line.Words[0], "S"))) * time.Second)
		},
		"close": func(transcript.Input) { p.session.Close(p.now) },
		"abort": func(transcript.Input) { p.session.Abort() },
	}
}

func (p *player) doAgent(line transcript.Input) {
	p.lanes = nil
	for _, log := range names.Logs {
		if slices.Contains(strings.Split(line.Words[0], ","), log.String()) {
			p.lanes = append(p.lanes, log)
		}
	}
	p.resumes = map[names.Log]*swarmlogv1.LogResume{}
	p.keys = map[held.Key]string{}
	p.user = map[names.Scope]map[string]*swarmlogv1.Payload{}
	p.readable = true
	p.stateInterval = time.Duration(line.Setting("state", 0)) * time.Millisecond
	for _, place := range line.Words[1:] {
		position := positionOf(place)
		p.resumes[names.Log(position.GetLog())] = &swarmlogv1.LogResume{Position: position}
	}
	p.restart()
}

func (p *player) restart() {
	p.state = session.Waiting
	// Not 0, so that times by the agent's clock can be told apart from none.
	p.now = time.Unix(1, 0)
	p.steps = map[names.Log]*session.Step{}
	p.refused = map[uint64]bool{}
	p.ledgers = map[names.Log]*session.Ledger{}
	var source session.StateSource
	if p.stateInterval > 0 {
		source = p.held
	}
	var stored []session.LaneStored
	for _, log := range p.lanes {
		ledger := session.NewLedger(p.resumes[log], true, source)
		for at, digest := range p.keys {
			ledger.Load(held.Key{Scope: at.Scope, Key: at.Key, ValueDigest: digest})
		}
		p.ledgers[log] = ledger
		stored = append(stored, session.LaneStored{Log: log, Resume: p.resumes[log], LacksKeys: ledger.LacksKeys()})
	}
	p.session = session.New(session.Settings{
		Identity: &swarmlogv1.Hello{}, Lanes: stored, Output: p, Listener: p,
		Backoffs: func() *backoff.Backoff { return backoff.New(longest{}) }, StateInterval: p.stateInterval,
	})
}

func (p *player) doWelcome(line transcript.Input) {
	welcome := &swarmlogv1.Welcome{SessionId: "session", HeartbeatIntervalMs: 1_000, Capabilities: nacks(line)}
	for _, word := range line.Words {
		plan := &swarmlogv1.LogPlan{Log: swarmlogv1.Log_LOG_MAIN, Plan: swarmlogv1.Plan_PLAN_REJECT}
		if reason, rejects := strings.CutPrefix(word, "reject:"); rejects {
			plan.Status = failuretest.Status(reason, nil, 0)
		} else {
			start := positionOf(word)
			plan = &swarmlogv1.LogPlan{Log: start.GetLog(), Plan: swarmlogv1.Plan_PLAN_DELTA, Start: start}
		}
		welcome.Plans = append(welcome.Plans, plan)
	}
	p.welcome(welcome)
}

func (p *player) doPlan(line transcript.Input) {
	start := positionOf(line.Words[0])
	target := proto.CloneOf(start)
	target.OpId = line.Setting("target", start.GetOpId())
	capabilities := uint64(swarmlogv1.Capability_CAPABILITY_SYNC) | nacks(line)
	if line.Has("drift") {
		capabilities |= uint64(swarmlogv1.Capability_CAPABILITY_DRIFT)
	}
	var fork *swarmlogv1.Position
	if line.Has("fork") {
		fork = positionOf(line.Settings["fork"])
	}
	scopes, given := line.Settings["scopes"]
	if !given {
		scopes = "A"
	}
	p.welcome(&swarmlogv1.Welcome{
		SessionId: "session", HeartbeatIntervalMs: 1_000, Capabilities: capabilities,
		Limits: &swarmlogv1.Limits{DriftCheckIntervalMs: line.Setting("drift", 0)},
		Plans: []*swarmlogv1.LogPlan{{
			Log: start.GetLog(), Plan: swarmlogv1.Plan(swarmlogv1.Plan_value["PLAN_"+line.Words[1]]),
			Start: start, Target: target, Head: target, BaseOpId: line.Setting("base", start.GetOpId()),
			Exact: !slices.Contains(line.Words, "inexact"), Compares: slices.Contains(line.Words, "compares"),
			Scopes: scopeMessages(scopes), SnapshotScopes: scopeMessages(line.Settings["pages"]),
			Fork: fork,
		}},
	})
}

func (p *player) welcome(welcome *swarmlogv1.Welcome) {
	p.control(&swarmlogv1.ControlResponse{Frame: &swarmlogv1.ControlResponse_Welcome{Welcome: welcome}})
}

// doReply answers a heartbeat that took "delay" ms there and back, from a clock "ahead" ms.
func (p *player) doReply(line transcript.Input) {
	delay := time.Duration(line.Setting("delay", 0)) * time.Millisecond
	sent := p.now.Add(-delay)
	there := uint64(sent.Add(delay/2 + time.Duration(line.Setting("ahead", 0))*time.Millisecond).UnixNano())
	reply := &swarmlogv1.HeartbeatReply{
		AgentSentUnixNano: uint64(sent.UnixNano()), ReceivedUnixNano: there, SentUnixNano: there,
	}
	p.control(&swarmlogv1.ControlResponse{Frame: &swarmlogv1.ControlResponse_HeartbeatReply{HeartbeatReply: reply}})
}

func (p *player) doPage(line transcript.Input) {
	p.main(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Snapshot{Snapshot: pageOf(line)}})
}

// doReceipt states the sums of the operations named.
func (p *player) doReceipt(line transcript.Input) {
	folded := fold()
	for _, word := range line.Words[1:] {
		folded.apply(operationOf(word))
	}
	receipt := &swarmlogv1.SyncReceipt{
		Target: positionOf(line.Words[0]), SentCount: line.Setting("sent", 0), SnapshotCount: line.Setting("paged", 0),
	}
	for _, scope := range folded.scopes() {
		receipt.Sums = append(receipt.Sums, folded.sums(scope))
	}
	p.main(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Receipt{Receipt: receipt}})
}

func (p *player) doQuery(line transcript.Input) {
	p.main(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_DigestQuery{DigestQuery: &swarmlogv1.DigestQuery{
		QueryId: line.Number(0), Scope: scopeNamed(line.Words[1]).message(), AfterKey: line.Settings["after"],
		ThroughKey: line.Settings["through"], MaxParts: uint32(line.Setting("parts", 32)),
	}}})
}

// doRepair is of one page, if it has settings of keys; event sums are of the events named.
func (p *player) doRepair(line transcript.Input) {
	repair := &swarmlogv1.Repair{GoodOpId: line.Setting("good", 0)}
	if line.Has("after") {
		repair.Pages = append(repair.Pages, pageOf(line))
	}
	if line.Has("events") {
		folded := fold()
		for opID := range strings.SplitSeq(line.Settings["events"], ",") {
			folded.apply(operationOf(opID + ":" + line.Words[1]))
		}
		repair.Events = folded.sums(scopeNamed(line.Words[1]))
	}
	p.main(&swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Repair{Repair: repair}})
}

func (p *player) doDrain(line transcript.Input) {
	drain := &swarmlogv1.Drain{Reason: "maintenance", ReconnectAfterMs: uint32(line.Number(0))}
	p.control(&swarmlogv1.ControlResponse{Frame: &swarmlogv1.ControlResponse_Drain{Drain: drain}})
}

func (p *player) doDelivery(line transcript.Input) {
	delivery := &swarmlogv1.Delivery{FromOpId: line.Number(1), To: positionOf(line.Words[2])}
	for _, word := range line.Words[3:] {
		delivery.Operations = append(delivery.Operations, operationOf(word))
	}
	if line.Has("skipped") {
		skipped := operationOf(line.Settings["skipped"])
		sums := fold(skipped).sums(naiveScopeOf(skipped))
		delivery.Skipped = []*swarmlogv1.Skipped{{Scope: sums.GetScope(), Count: 1, EventHash: sums.GetEventHash()}}
	}
	frame := &swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Delivery{Delivery: delivery}}
	p.session.LaneFrame(logNamed(line.Words[0]), frame, p.now)
}

func (p *player) doTelemetry(line transcript.Input) {
	delivery := &swarmlogv1.TelemetryDelivery{DroppedCount: line.Setting("dropped", 0)}
	for _, word := range line.Words {
		delivery.Operations = append(delivery.Operations, &swarmlogv1.Operation{OpId: number(word)})
	}
	frame := &swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_Telemetry{Telemetry: delivery}}
	p.session.LaneFrame(names.Telemetry, frame, p.now)
}

func (p *player) doCaughtUp(line transcript.Input) {
	at := positionOf(line.Words[0])
	frame := &swarmlogv1.DataResponse{Frame: &swarmlogv1.DataResponse_CaughtUp{CaughtUp: &swarmlogv1.CaughtUp{Position: at}}}
	p.session.LaneFrame(names.Log(at.GetLog()), frame, p.now)
}

func (p *player) doFellBehind(line transcript.Input) {
	head := positionOf(line.Words[0])
	at := positionOf(fmt.Sprintf("main@%d", line.Setting("from", 0)))
	p.session.LaneFrame(names.Log(head.GetLog()), &swarmlogv1.DataResponse{
		Frame: &swarmlogv1.DataResponse_FellBehind{FellBehind: &swarmlogv1.FellBehind{Head: head, Position: at}},
	}, p.now)
}

func (p *player) doApplied(line transcript.Input) {
	log := logNamed(line.Words[0])
	step := p.steps[log]
	delete(p.steps, log)
	prepared := p.ledgers[log].Prepare(step)
	notHeld := map[int]struct{}{}
	for i, operation := range prepared.Batch.Operations {
		if p.refused[operation.GetOpId()] {
			delete(p.refused, operation.GetOpId())
			notHeld[i] = struct{}{}
		} else {
			p.hold(operation)
		}
	}
	done := p.ledgers[log].Applied(prepared, notHeld)
	if log != names.Telemetry {
		p.resumes[log] = done.After
		for _, key := range done.SavedKeys() {
			at := held.Key{Scope: key.Scope, Key: key.Key}
			if key.IsGone() {
				delete(p.keys, at)
			} else {
				p.keys[at] = key.ValueDigest
			}
		}
	}
	if len(done.After.GetScopes()) > 0 || done.After.GetSnapshot() != nil {
		p.say("commit %s, with %s", resumeText(done.After), listed(done.Batch.Operations, textOf))
	}
	p.session.Applied(log, done, p.now)
}

func (p *player) doRefused(line transcript.Input) {
	log := logNamed(line.Words[0])
	p.refused[line.Number(1)] = true
	nack := &swarmlogv1.Nack{Log: log.Wire(), OpId: line.Number(1), Reaction: swarmlogv1.Nack_REACTION_RETRY}
	p.session.Refused(log, nack, int(line.Setting("applied", 0)), p.now)
}

func (p *player) doNackReply(line transcript.Input) {
	reply := &swarmlogv1.NackReply{
		Log: logNamed(line.Words[0]).Wire(), OpId: line.Number(1),
		Outcome: swarmlogv1.NackReply_Outcome(swarmlogv1.NackReply_Outcome_value["OUTCOME_"+line.Words[2]]),
	}
	if len(line.Words) > 3 {
		reply.Status = failuretest.Status(line.Words[3], nil, milliseconds(line.Setting("retryMs", 0)))
	}
	p.control(&swarmlogv1.ControlResponse{Frame: &swarmlogv1.ControlResponse_NackReply{NackReply: reply}})
}

func (p *player) doEnded(line transcript.Input) {
	p.session.StreamEnded(failuretest.Of(line.Words[0], milliseconds(line.Setting("retryMs", 0))), p.now)
}

func (p *player) doTimer(line transcript.Input) {
	for kind := session.TimerHandshake; kind <= session.TimerSums; kind++ {
		if kind.String() != line.Words[0] {
			continue
		}
		key := session.TimerKey{Kind: kind}
		if len(line.Words) > 1 {
			key.Lane = logNamed(line.Words[1])
		}
		p.session.Timer(key, p.now)
	}
}

func (p *player) control(frame *swarmlogv1.ControlResponse) { p.session.ControlFrame(frame, p.now) }

func (p *player) main(frame *swarmlogv1.DataResponse) { p.session.LaneFrame(names.Main, frame, p.now) }

func (p *player) held(scope names.Scope) (iter.Seq2[string, *swarmlogv1.Payload], error) {
	if !p.readable {
		return nil, errors.New("Expected to be readable")
	}
	return maps.All(p.user[scope]), nil
}

func (p *player) hold(operation *swarmlogv1.Operation) {
	scope := names.ScopeOf(operation)
	if p.user[scope] == nil {
		p.user[scope] = map[string]*swarmlogv1.Payload{}
	}
	if operation.GetTombstone() {
		delete(p.user[scope], operation.GetKey())
	} else if operation.GetPayload() != nil {
		p.user[scope][operation.GetKey()] = operation.GetPayload()
	}
}

func (p *player) say(format string, args ...any) {
	p.outputs = append(p.outputs, fmt.Sprintf(format, args...))
}

func nacks(line transcript.Input) uint64 {
	if !line.Has("nacks") {
		return 0
	}
	return uint64(swarmlogv1.Capability_CAPABILITY_NACK)
}

func pageOf(line transcript.Input) *swarmlogv1.SnapshotPage {
	page := &swarmlogv1.SnapshotPage{
		Position: positionOf(line.Words[0]), Scope: scopeNamed(line.Words[1]).message(),
		AfterKey: line.Settings["after"], ThroughKey: line.Settings["through"],
	}
	for _, word := range line.Words[2:] {
		page.Operations = append(page.Operations, operationOf(word))
	}
	return page
}

func milliseconds(of uint64) time.Duration { return time.Duration(of) * time.Millisecond }

func TestFollowsTheTranscripts(t *testing.T) {
	for _, name := range transcript.Names(t, "agent") {
		t.Run(name, func(t *testing.T) {
			transcript.Play(t, "agent", name, (&player{walk: func(string, string) {}}).take)
		})
	}
}

func TestWalksTheWholeTableOfTransitions(t *testing.T) {
	// given
	states := make([]string, 0, session.Failed+1)
	for state := session.Waiting; state <= session.Failed; state++ {
		states = append(states, constantName(state))
	}
	table := transcript.ReadTable(t, "session.go", states)
	player := &player{walk: table.Walk}
	// when
	for _, name := range transcript.Names(t, "agent") {
		transcript.Play(t, "agent", name, player.take)
	}
	// then
	table.Check(t)
}
