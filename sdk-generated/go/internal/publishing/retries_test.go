package publishing

import (
	"fmt"
	"slices"
	"testing"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/failure/failuretest"
)

// shortest always draws the shortest delay.
type shortest struct{}

func (shortest) Int64N(int64) int64 { return 0 }

// connected is a producer that is connected, with groups to send.
type connected struct {
	t        *testing.T
	producer *Producer[string]
	delays   []time.Duration
	// Empty where the wait was over.
	waitsFor []string
	told     []BreakerState
}

func connect(t *testing.T, groups int) *connected {
	c := &connected{t: t}
	c.producer = NewProducer(&swarmlogv1.ProducerHello{}, c, backoff.New(shortest{}), 8)
	for range groups {
		c.producer.Offer("group", &swarmlogv1.PublishGroup{})
	}
	c.producer.Welcome(&swarmlogv1.ProducerWelcome{ProducerEpoch: 1, NextNumber: 1, MaxInFlightGroups: 8}, time.Time{})
	return c
}

func (c *connected) send() uint64 {
	c.t.Helper()
	sent := c.producer.Poll()
	if sent == nil {
		c.t.Fatal("Expected a group to be sent, but got none")
	}
	return sent.GetNumber()
}

func (c *connected) sendAll() (sent int) {
	for c.producer.Poll() != nil {
		sent++
	}
	return sent
}

func (c *connected) refuse() { c.answer(c.send(), failuretest.Status("OVERLOADED", nil, 0)) }

func (c *connected) append() {
	c.appended(c.send())
	c.producer.Offer("group", &swarmlogv1.PublishGroup{})
}

func (c *connected) answer(number uint64, why *spb.Status) {
	c.producer.Refused(&swarmlogv1.PublishRefusal{Number: number, Status: why}, time.Time{})
}

func (c *connected) appended(number uint64) {
	c.producer.Acked(&swarmlogv1.PublishAck{Number: number}, time.Time{})
}

func (c *connected) expect(what string, got, want any) {
	c.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Fatalf("Expected %s %v, but got %v", what, want, got)
	}
}

func (c *connected) OpenStream(*swarmlogv1.ProducerHello)    {}
func (c *connected) EndStream()                              {}
func (c *connected) Sent(string)                             {}
func (c *connected) Appended(string, *swarmlogv1.PublishAck) {}
func (c *connected) Failed(_ string, why failure.Failure)    { c.t.Errorf("Expected no failure: %v", why) }
func (c *connected) OutcomeUnknown(_ string, why failure.Failure) {
	c.t.Errorf("Expected an answer: %v", why)
}
func (c *connected) AcknowledgedLost(groups uint64, _ *swarmlogv1.Position) {
	c.t.Errorf("Expected all to be kept, but lost %d", groups)
}
func (c *connected) Resumed()                       { c.waitsFor = append(c.waitsFor, "") }
func (c *connected) StartTimer(delay time.Duration) { c.delays = append(c.delays, delay) }

func (c *connected) BreakerChanged(changed BreakerState, _ *failure.Failure, _ time.Duration) {
	c.told = append(c.told, changed)
}

func (c *connected) Waits(why failure.Failure, wait time.Duration) {
	c.waitsFor = append(c.waitsFor, why.Reason)
	c.expect("to say how long it waits", wait, c.delays[len(c.delays)-1])
}

func TestWaitsForLongBeyondItsBudget(t *testing.T) {
	c := connect(t, 1)
	// Every second attempt is refused.
	for range swarmlogv1.PublisherFirstRetries + 1 {
		c.refuse()
		c.append()
	}
	c.expect("no delays", len(c.delays), 0)
	c.refuse()
	c.expect("the state", c.producer.State(), Paused)
	c.expect("the upper half", c.delays, []time.Duration{backoff.LastCeiling / 2})
	// What is sent then is appended, with enough others.
	c.producer.Timer()
	for range swarmlogv1.PublisherSuccessesPerRetry {
		c.append()
	}
	c.refuse()
	c.expect("the state after a retry was earned", c.producer.State(), Open)
	c.refuse()
	c.expect("waits in all", len(c.delays), 2)
	if slices.Min(c.delays) <= time.Second {
		t.Errorf("Expected long waits, but got %v", c.delays)
	}
}

func TestWaitsAsItIsToldAndNoLongerHoweverOften(t *testing.T) {
	c := connect(t, 1)
	limited := failuretest.Status(failure.RateLimited, nil, 50*time.Millisecond)
	var want []time.Duration
	for range 3 * swarmlogv1.PublisherFirstRetries {
		c.answer(c.send(), limited)
		c.expect("the state", c.producer.State(), Paused)
		c.producer.Timer()
		want = append(want, 50*time.Millisecond)
	}
	c.expect("delays", c.delays, want)
	// Refused for another reason: no retry has been spent, and nothing was doubled.
	c.append()
	c.refuse()
	c.expect("the state", c.producer.State(), Open)
}

func TestSaysWhatItWaitsFor(t *testing.T) {
	c := connect(t, 1)
	c.answer(c.send(), failuretest.Status(failure.RateLimited, nil, 50*time.Second))
	c.expect("to wait for", c.waitsFor, []string{"RATE_LIMITED"})
	// The stream breaks meanwhile, which would be a shorter wait.
	c.producer.StreamEnded(failuretest.Of("UNAVAILABLE", 0), time.Time{})
	c.expect("to wait for", c.waitsFor, []string{"RATE_LIMITED", "RATE_LIMITED"})
	// It is over, and then the coordinator is not there.
	c.producer.Timer()
	c.producer.StreamEnded(failuretest.Of(failure.BreakerOpen, time.Second), time.Time{})
	c.expect("to wait for", c.waitsFor, []string{"RATE_LIMITED", "RATE_LIMITED", "", "BREAKER_OPEN"})
}

func TestWaitsForLongWhileTheBreakerIsOpen(t *testing.T) {
	c := connect(t, 1)
	for range swarmlogv1.PublisherBreakerFailuresInARow - 1 {
		c.refuse()
	}
	c.expect("delays and changes", []any{len(c.delays), len(c.told)}, []any{0, 0})
	c.refuse()
	c.expect("changes", c.told, []BreakerState{BreakerOpen})
	ceiling := time.Duration(swarmlogv1.BackoffFirstCeilingMs) * time.Millisecond
	c.expect("delays", c.delays, []time.Duration{ceiling << (swarmlogv1.PublisherBreakerFailuresInARow - 2)})
	c.producer.Timer()
	c.append()
	c.expect("changes", c.told, []BreakerState{BreakerOpen, BreakerHalfOpen, BreakerClosed})
}

func TestTriesOneAndThenEverMore(t *testing.T) {
	c := connect(t, 21)
	c.expect("in flight", c.sendAll(), 8)
	c.answer(1, failuretest.Status(failure.RateLimited, nil, 50*time.Millisecond))
	for behind := uint64(2); behind < 9; behind++ {
		c.answer(behind, failuretest.Status(failure.OutOfSequence, nil, 0))
	}
	c.producer.Timer()
	c.expect("at first", c.sendAll(), 1)
	c.appended(1)
	c.expect("then", c.sendAll(), 2)
	c.appended(2)
	c.appended(3)
	c.expect("then all that are allowed", c.sendAll(), 8)
}
