// Package publishing has the state machines of a publisher. Pure: no input or output, no clock, no goroutine. Not safe for
// concurrent use.
package publishing

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
)

var (
	errLingers = failure.Local(codes.Unknown,
		"Expected an answer, but the stream broke, and whether a group before it was appended is unknown")
	// Closed is what a group fails with when the publisher is closed.
	Closed = failure.Local(codes.Canceled, "Expected the publisher to be open, but it was closed")
)

// ProducerState is where a producer stands.
type ProducerState int

// The states of a producer; see Producer for what leads from one to another.
const (
	Idle ProducerState = iota
	Connecting
	Open
	Recovering
	Paused
	Waiting
	ClosedForGood
)

var stateNames = [...]string{"IDLE", "CONNECTING", "OPEN", "RECOVERING", "PAUSED", "WAITING", "CLOSED"}

// String returns the name as it stands in the table of transitions.
func (s ProducerState) String() string { return stateNames[s] }

// ProducerOutput is what a producer wants done. None of it blocks.
type ProducerOutput[T any] interface {
	BreakerListener
	// OpenStream opens a stream and sends Hello.
	OpenStream(hello *swarmlogv1.ProducerHello)
	// EndStream ends the stream; nothing of it may come in any more.
	EndStream()
	// Sent: the group is about to be written, not necessarily for the first time.
	Sent(token T)
	// Appended: the group is in the log.
	Appended(token T, ack *swarmlogv1.PublishAck)
	// Failed: the group is not in the log, and will not be.
	Failed(token T, why failure.Failure)
	// OutcomeUnknown: the group was sent, and whether it is in the log is not known.
	OutcomeUnknown(token T, why failure.Failure)
	// AcknowledgedLost: the newest groups that were appended are in the log no more; newest is where the newest of them was.
	AcknowledgedLost(groups uint64, newest *swarmlogv1.Position)
	// Waits: nothing is sent for so long, because of this; until Resumed, or anew.
	Waits(why failure.Failure, wait time.Duration)
	// Resumed: what was waited for is over.
	Resumed()
	// StartTimer has Timer called after this; it replaces an earlier one.
	StartTimer(delay time.Duration)
}

// Producer is a producer in one log: it numbers publish groups, keeps a window of them in flight, and sends again what was
// not answered. T is what the caller knows a group by.
//
// Order and exactly once: groups are answered in the order they were sent, and a group keeps its number for as long as
// some attempt of it may still reach the log: after a broken stream it is sent again under the same number in the same
// producer epoch, and what had been appended gets its first answer.
//
// Refusals: a refused group leaves a gap, so the coordinator refuses all that are in flight behind it with
// OUT_OF_SEQUENCE. The producer therefore stops sending, collects the answers of what is in flight, and then goes on:
//
//   - A refusal worth another try: after the time that retryPace says everything is sent again under its own number, at
//     first one group alone (SendWindow).
//   - A refusal for good: its number N was not used up. The groups behind it have all been refused on this stream, so none
//     of them is in the log; they are numbered again from N.
//   - The same, but the stream broke before all of them were answered: an attempt may linger on the way, and would take
//     effect under its old number once the gap is filled. So the gap is never filled: a new producer epoch fences the old
//     one, and they are numbered from its start.
//   - A refusal for good of what was left unanswered on a broken stream, because a limit was lowered meanwhile: the earlier
//     attempt may have been appended, so the outcome is unknown. If the stream that is open began behind its number, it
//     was, and the others go on. Else those behind it that are refused for it go on in a new epoch; those that linger and
//     were not answered may have been appended with it, and their outcome is unknown, too. That is exact unless the limit
//     is raised again while frames of the broken stream are on their way.
//
// The breaker counts what becomes of attempts. It adds no waits to those above; while it is open they are of the longer
// kind, and at their end one group is tried.
//
// Transitions; any other input leaves the state as it is:
//
//	| in | on | to | doing |
//	|---|---|---|---|
//	| IDLE | offer | CONNECTING | open stream with ProducerHello |
//	| CONNECTING | welcome | OPEN | send from the first unanswered |
//	| OPEN | refusal, others in flight | RECOVERING | send nothing |
//	| RECOVERING | last answer, no delay asked | OPEN | number again, send |
//	| OPEN, RECOVERING | last answer, delay asked | PAUSED | timer |
//	| OPEN, RECOVERING | last answer, number again, attempts linger | CONNECTING | end stream, open one with a new epoch |
//	| OPEN, RECOVERING | the same, delay asked | WAITING | end stream, timer, new epoch |
//	| PAUSED | timer | OPEN | send |
//	| CONNECTING, OPEN, RECOVERING, PAUSED | retryable end of stream | WAITING | timer |
//	| WAITING | timer | CONNECTING | open stream with ProducerHello |
//	| OPEN, RECOVERING | fenced | WAITING | fail what may be in the log, timer, new epoch |
//	| any but CLOSED | terminal end of stream | IDLE | fail all; the next offer starts anew |
//	| any but CLOSED | close | CLOSED | fail all, end stream |
type Producer[T any] struct {
	state       ProducerState
	identity    *swarmlogv1.ProducerHello
	output      ProducerOutput[T]
	maxInFlight int
	pace        retryPace
	breaker     breaker
	numbers     *groupNumbers
	// Where the group is that was appended last.
	newest *swarmlogv1.Position
	window *SendWindow
	queue  publishQueue[T]
	// Of a group, serialized; 0 for whatever the coordinator takes.
	maxGroupBytes uint64
	// How long to wait once all in flight are answered.
	delay time.Duration
	// What is waited for, or will be. Set if there is a delay, or while PAUSED or WAITING.
	delayedBy *failure.Failure
	// While PAUSED or WAITING, when that is over.
	resumeAt time.Time
}

// NewProducer makes a producer that connects when something is offered. identity is its Hello, without an epoch;
// maxInFlight bounds the groups sent and not answered, if the coordinator does not allow fewer.
func NewProducer[T any](
	identity *swarmlogv1.ProducerHello, output ProducerOutput[T], backoffs *backoff.Backoff, maxInFlight int,
) *Producer[T] {
	return &Producer[T]{
		identity: identity, output: output, maxInFlight: maxInFlight,
		pace:    retryPace{backoffs, backoff.OfProducers()},
		breaker: breaker{listener: output},
		numbers: newGroupNumbers(), window: NewSendWindow(),
	}
}

// State returns where the producer stands.
func (p *Producer[T]) State() ProducerState { return p.state }

// Offer takes a group, which is not changed any more, not even here.
func (p *Producer[T]) Offer(token T, group *swarmlogv1.PublishGroup) {
	if p.state == ClosedForGood {
		p.output.Failed(token, Closed)
		return
	}
	p.queue.offer(token, group)
	if p.state == Idle {
		p.connect()
	}
}

// Poll returns the next group to be written, or nil. To be called while the stream takes more, after every other call.
func (p *Producer[T]) Poll() *swarmlogv1.PublishGroup {
	p.failOversized()
	next := p.queue.nextUnsent()
	if p.state != Open || next == nil || !p.window.HasRoom(len(p.queue.inFlight)) ||
		p.numbers.isBehindGap(next.number) || p.isOversized(next) {
		return nil
	}
	p.queue.send()
	if next.number == 0 {
		next.number = p.numbers.take()
	}
	p.output.Sent(next.token)
	// A copy: it may still be written where it is numbered anew.
	return &swarmlogv1.PublishGroup{
		Number: next.number, Records: next.group.GetRecords(), IdempotencyKey: next.group.GetIdempotencyKey(),
	}
}

// Welcome takes the answer to Hello.
func (p *Producer[T]) Welcome(welcome *swarmlogv1.ProducerWelcome, now time.Time) {
	if p.state != Connecting {
		return
	}
	p.pace.welcomed(now)
	p.maxGroupBytes = uint64(welcome.GetLimits().GetMaxGroupBytes())
	p.window.Open(min(p.maxInFlight, int(welcome.GetMaxInFlightGroups())))
	if p.queue.isEmpty() {
		p.breaker.answered()
	} else if p.breaker.state == BreakerHalfOpen {
		p.window.Shrink()
	}
	p.tellLost(welcome.GetNextNumber())
	var firstUnanswered uint64
	if next := p.queue.nextUnsent(); next != nil {
		firstUnanswered = next.number
	}
	if !p.numbers.opened(welcome.GetProducerEpoch(), welcome.GetNextNumber(), firstUnanswered) {
		// None of what we hold is in its history.
		p.startNewEpoch(now)
		return
	}
	p.state = Open
}

// Acked takes the answer that a group is in the log.
func (p *Producer[T]) Acked(ack *swarmlogv1.PublishAck, now time.Time) {
	answered := p.takeAnswered(ack.GetNumber(), now)
	if answered == nil {
		return
	}
	p.numbers.appended(ack.GetNumber())
	p.newest = ack.GetLast()
	p.pace.appended(now)
	p.window.Grow()
	p.breaker.answered()
	p.output.Appended(answered.token, ack)
	p.settle(now)
}

// Refused takes the answer that an attempt appended nothing.
func (p *Producer[T]) Refused(refusal *swarmlogv1.PublishRefusal, now time.Time) {
	refused := p.takeAnswered(refusal.GetNumber(), now)
	if refused == nil {
		return
	}
	why := failure.OfStatus(refusal.GetStatus())
	switch {
	case why.Reason == failure.ProducerFenced:
		p.queue.giveBack(refused)
		p.fenced(why, now)
		return
	case why.Reason == failure.OutOfSequence:
		p.queue.giveBack(refused)
		refused.refusedBehindGap = p.numbers.isBehindGap(refused.number)
		if p.state == Open && !p.noteExpected(why, refused.number) {
			p.output.EndStream()
			p.disconnect(why, now)
			return
		}
		p.state = Recovering
	case why.Retryable:
		p.refusedForAWhile(refused, why, now)
	default:
		p.breaker.answered()
		p.refusedForGood(refused, why)
	}
	p.settle(now)
}

// StreamEnded notes that the stream ended, or could not be opened.
func (p *Producer[T]) StreamEnded(why failure.Failure, now time.Time) {
	switch {
	case p.state == ClosedForGood || p.state == Idle || p.state == Waiting:
	case why.Retryable:
		p.disconnect(why, now)
	case why.Reason == failure.EpochMismatch && p.state == Connecting && p.numbers.epoch != 0:
		// It has lost that there is such an epoch, and all that was appended in it.
		p.tellLost(1)
		p.startNewEpoch(now)
	case why.Reason == failure.ProducerFenced:
		p.queue.lingerInFlight()
		p.fenced(why, now)
	default:
		p.failAll(why)
	}
}

// Timer goes on: the time of StartTimer is over.
func (p *Producer[T]) Timer() {
	if p.state != Waiting && p.state != Paused {
		return
	}
	p.output.Resumed()
	if p.breaker.isOpen() {
		p.breaker.probe()
		p.window.Shrink()
	}
	if p.state == Waiting {
		p.connect()
	} else {
		p.state = Open
	}
}

// Close fails what is left.
func (p *Producer[T]) Close() {
	if p.state == ClosedForGood {
		return
	}
	streaming := p.state != Idle && p.state != Waiting
	p.state = ClosedForGood
	if streaming {
		p.output.EndStream()
	}
	p.giveUpAll(Closed)
}

// failOversized fails what the coordinator could not even read. It would end the stream instead of answering, and the group
// be sent again for ever, with all others behind it. Waits for what is in flight, so that the answers keep their order.
func (p *Producer[T]) failOversized() {
	for p.state == Open && len(p.queue.inFlight) == 0 {
		next := p.queue.nextUnsent()
		if next == nil || !p.isOversized(next) {
			return
		}
		p.queue.takeNextUnsent()
		p.output.Failed(next.token, failure.LocalRefusal(failure.PayloadTooLarge,
			fmt.Sprintf("Expected a group of at most %d bytes, but it has %d.", p.maxGroupBytes, next.bytes)))
	}
}

func (p *Producer[T]) isOversized(e *entry[T]) bool {
	return e.number == 0 && p.maxGroupBytes > 0 && e.bytes > p.maxGroupBytes
}

func (p *Producer[T]) connect() {
	p.state = Connecting
	if p.isEverythingBehindGap() {
		p.renumber()
	}
	hello := proto.CloneOf(p.identity)
	hello.ProducerEpoch = p.numbers.epoch
	p.output.OpenStream(hello)
}
