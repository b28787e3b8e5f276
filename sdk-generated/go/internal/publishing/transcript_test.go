package publishing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/failure/failuretest"
	"swarmlog.dev/go/internal/transcript"
)

// longest draws no jitter: always the longest delay.
type longest struct{}

func (longest) Int64N(n int64) int64 { return n - 1 }

// player is a producer that says what it does.
type player struct {
	outputs  []string
	walk     func(before, after string)
	producer *Producer[string]
	now      time.Time
	room     uint64
}

func newPlayer(walk func(before, after string)) *player {
	p := &player{walk: walk, now: time.Unix(0, 0), room: 1 << 63}
	p.producer = NewProducer(&swarmlogv1.ProducerHello{}, p, backoff.New(longest{}), 100)
	return p
}

func (p *player) take(line transcript.Input) []string {
	p.outputs = nil
	before := p.producer.State()
	p.input(line)
	for p.room > 0 {
		sent := p.producer.Poll()
		if sent == nil {
			break
		}
		p.room--
		p.say("send %s as %d", sent.GetRecords()[0].GetPayload().GetData(), sent.GetNumber())
	}
	p.say("is %v", p.producer.State())
	p.walk(before.String(), p.producer.State().String())
	return p.outputs
}

func (p *player) input(line transcript.Input) {
	switch line.Verb {
	case "offer":
		for _, word := range line.Words {
			payload := &swarmlogv1.Payload{Data: []byte(word)}
			p.producer.Offer(word, &swarmlogv1.PublishGroup{Records: []*swarmlogv1.PublishRecord{{Payload: payload}}})
		}
	case "room":
		p.room = line.Number(0)
	case "clock":
		passed, err := time.ParseDuration(strings.ToLower(line.Words[0]))
		if err != nil {
			panic(err)
		}
		p.now = p.now.Add(passed)
	case "welcome":
		p.producer.Welcome(&swarmlogv1.ProducerWelcome{
			ProducerEpoch: line.Setting("epoch", 1), NextNumber: line.Setting("next", 1),
			MaxInFlightGroups: uint32(line.Setting("window", 10)),
			Limits:            &swarmlogv1.Limits{MaxGroupBytes: uint32(line.Setting("groupBytes", 0))},
		}, p.now)
	case "ack":
		duplicate := len(line.Words) > 1 && line.Words[1] == "duplicate"
		p.producer.Acked(&swarmlogv1.PublishAck{
			Number: line.Number(0), FirstOpId: line.Setting("op", 0), Duplicate: duplicate,
			Last: &swarmlogv1.Position{OpId: line.Setting("op", 0)},
		}, p.now)
	case "refuse":
		metadata := map[string]string{}
		if line.Has("expected") {
			metadata["expected_number"] = fmt.Sprint(line.Setting("expected", 0))
		}
		status := failuretest.Status(line.Words[1], metadata, retryAfter(line))
		p.producer.Refused(&swarmlogv1.PublishRefusal{Number: line.Number(0), Status: status}, p.now)
	case "ended":
		p.producer.StreamEnded(failuretest.Of(line.Words[0], retryAfter(line)), p.now)
	case "timer":
		p.producer.Timer()
	case "close":
		p.producer.Close()
	default:
		panic("Expected an input of a producer, but got " + line.Verb)
	}
}

func (p *player) say(format string, args ...any) {
	p.outputs = append(p.outputs, fmt.Sprintf(format, args...))
}

func (p *player) OpenStream(hello *swarmlogv1.ProducerHello) {
	p.say("open stream, epoch %d", hello.GetProducerEpoch())
}

func (p *player) EndStream() { p.say("end stream") }

func (p *player) Sent(string) {}

func (p *player) Appended(token string, ack *swarmlogv1.PublishAck) {
	again := ""
	if ack.GetDuplicate() {
		again = ", again"
	}
	p.say("%s appended at %d%s", token, ack.GetFirstOpId(), again)
}

func (p *player) Failed(token string, why failure.Failure) { p.say("%s failed: %v", token, why) }

func (p *player) OutcomeUnknown(token string, why failure.Failure) {
	p.say("%s unknown: %v", token, why)
}

func (p *player) AcknowledgedLost(groups uint64, newest *swarmlogv1.Position) {
	p.say("lost %d, the newest at %d", groups, newest.GetOpId())
}

func (p *player) BreakerChanged(changed BreakerState, why *failure.Failure, wait time.Duration) {
	names := map[BreakerState]string{BreakerClosed: "CLOSED", BreakerOpen: "OPEN", BreakerHalfOpen: "HALF_OPEN"}
	said := "breaker is " + names[changed]
	if wait > 0 {
		said += fmt.Sprintf(" for %d ms", wait.Milliseconds())
	}
	if why != nil {
		said += ": " + why.Reason
	}
	p.say("%s", said)
}

func (p *player) Waits(failure.Failure, time.Duration) {}

func (p *player) Resumed() {}

func (p *player) StartTimer(delay time.Duration) { p.say("timer in %d ms", delay.Milliseconds()) }

func retryAfter(line transcript.Input) time.Duration {
	return time.Duration(line.Setting("retryMs", 0)) * time.Millisecond
}

func TestFollowsTheTranscripts(t *testing.T) {
	for _, name := range transcript.Names(t, "producer") {
		t.Run(name, func(t *testing.T) {
			transcript.Play(t, "producer", name, newPlayer(func(string, string) {}).take)
		})
	}
}

func TestWalksTheWholeTableOfTransitions(t *testing.T) {
	table := transcript.ReadTable(t, "producer.go", stateNames[:])
	for _, name := range transcript.Names(t, "producer") {
		transcript.Play(t, "producer", name, newPlayer(table.Walk).take)
	}
	table.Check(t)
}
