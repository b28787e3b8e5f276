package session_test

import (
	"fmt"
	"strings"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

// As gRPC names them.
func constantName(state session.State) string {
	return strings.ToUpper(strings.ReplaceAll(state.String(), " ", "_"))
}

func ms(of time.Duration) int64 { return of.Milliseconds() }

// What the session wants done.

func (p *player) OpenControl(hello *swarmlogv1.Hello) {
	p.say("open control, resume %s", listed(hello.GetResume(), resumeText))
}

func (p *player) OpenLane(_ string, log names.Log, _ *swarmlogv1.LogPlan) { p.say("open lane %v", log) }

func (p *player) EndStreams(gently bool) {
	if gently {
		p.say("end streams gently")
	} else {
		p.say("end streams")
	}
}

func (p *player) SendHeartbeat(known *swarmlogv1.Heartbeat) {
	said := fmt.Sprintf("heartbeat %d", known.GetNumber())
	if known.ClockOffsetNano != nil {
		said += fmt.Sprintf(", coordinator ahead by %d ms +- %d ms", known.GetClockOffsetNano()/int64(time.Millisecond),
			known.GetClockUncertaintyNano()/uint64(time.Millisecond))
	}
	if known.GetIgnoredDuplicates() > 0 {
		said += fmt.Sprintf(", ignored %d", known.GetIgnoredDuplicates())
	}
	if known.GetOutOfOrder() > 0 {
		said += fmt.Sprintf(", out of order %d", known.GetOutOfOrder())
	}
	p.say("%s", said)
}

func (p *player) SendAck(ack *swarmlogv1.Ack) {
	said := "ack " + placeOf(ack.GetApplied())
	if at := ack.GetAppliedUnixNano() / uint64(time.Millisecond); at > 0 {
		said += fmt.Sprintf(" as of %d ms", at)
	}
	if ack.GetLastRepairId() > 0 {
		said += fmt.Sprintf(" with repair %d", ack.GetLastRepairId())
	}
	if len(ack.GetSums()) > 0 {
		said += ", " + sumsText(ack.GetSums())
	}
	p.say("%s", said)
}

func (p *player) SendDigests(_ names.Log, report *swarmlogv1.DigestReport) {
	p.say("answer %s", answerText(report))
}

func (p *player) RequestFrame(log names.Log) { p.say("request from %v", log) }

func (p *player) Deliver(step *session.Step) {
	p.steps[step.Log] = step
	p.say("deliver (%d, %s] %s", step.FromOpID, placeOf(step.To()), described(step))
}

func (p *player) DeliverAgain(log names.Log) { p.say("deliver again %v", log) }

func (p *player) GoOn(log names.Log) { p.say("go on behind it on %v", log) }

func (p *player) SendNack(nack *swarmlogv1.Nack) {
	p.say("nack %d of %v", nack.GetOpId(), names.Log(nack.GetLog()))
}

func (p *player) StartTimer(key session.TimerKey, delay time.Duration) {
	lane := ""
	if key.Lane != 0 {
		lane = " " + key.Lane.String()
	}
	p.say("timer %v%s in %d ms", key.Kind, lane, ms(delay))
}

func (p *player) DeltaBegan(_, _ *swarmlogv1.Position) {}

func (p *player) SyncEnded(names.Log, *session.SyncReport, int, int) {}

// What it tells.

func (p *player) Connected(string, []*swarmlogv1.LogPlan) { p.say("tell connected") }

func (p *player) Lost(names.Log, []*swarmlogv1.LostEvents) {
	panic("Expected no transcript of lost events")
}

func (p *player) Parted(applied, fork *swarmlogv1.Position) {
	at := "unknown"
	if fork != nil {
		at = placeOf(fork)
	}
	p.say("tell parted at %s, fork %s", placeOf(applied), at)
}

func (p *player) CaughtUp(position *swarmlogv1.Position, received, duplicates int) {
	p.say("tell caught up at %s, received %d, ignored %d", placeOf(position), received, duplicates)
}

func (p *player) Synced(report session.SyncReport) {
	said := fmt.Sprintf("tell synced %s..%s by %v", placeOf(report.From), placeOf(report.Target), report.Plan)
	if !report.Exact {
		said += " inexact"
	}
	said += fmt.Sprintf(", received %d, redundant %d", report.Received, report.Redundant)
	if len(report.Mismatches) > 0 {
		said += ": " + listed(report.Mismatches, same)
	}
	p.say("%s", said)
}

func (p *player) Drifted(repair session.RepairReport) { p.say("tell drifted: %v", repair) }

func (p *player) FellBehind(position, head *swarmlogv1.Position) {
	p.say("tell fell behind at %s, head %s", placeOf(position), placeOf(head))
}

func (p *player) Draining(reason string) { p.say("tell draining: %s", reason) }

func (p *player) Disconnected(why failure.Failure, retryIn time.Duration) {
	p.say("tell disconnected, again in %d ms: %v", ms(retryIn), why)
}

func (p *player) Refused(why failure.Failure) { p.say("tell refused: %v", why) }

func (p *player) NackAnswered(reply *swarmlogv1.NackReply) {
	p.say("tell nack of %d answered: %v", reply.GetOpId(), reply.GetOutcome())
}

func (p *player) HandlerHeld(log names.Log, retryIn time.Duration) {
	p.say("tell held %v for %d ms", log, ms(retryIn))
}

func (p *player) TelemetryDropped(count uint64) { p.say("tell telemetry dropped %d", count) }

func (p *player) StateChanged(state session.State) {
	p.walk(constantName(p.state), constantName(state))
	p.state = state
	p.say("is %s", constantName(state))
}

func described(step *session.Step) string {
	switch content := step.Content.(type) {
	case session.Delivered:
		said := listed(content.Operations, func(of *swarmlogv1.Operation) string { return fmt.Sprint(of.GetOpId()) })
		if len(content.Skipped) > 0 {
			said += " skipping"
			if content.PartlySeen {
				said += ", partly seen"
			}
		}
		return said
	case session.Paged:
		return "page of " + letterOf(content.Page.GetScope())
	case session.Queried:
		return fmt.Sprintf("query %d", content.Query.GetQueryId())
	case session.Compared:
		return "comparison"
	case session.Repaired:
		return "repair of " + letterOf(session.RepairScope(content.Repair).Message())
	default:
		return "end of sync"
	}
}
