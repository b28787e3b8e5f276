package publishing

import (
	"fmt"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"

	"swarmlog.dev/go/internal/failure"
)

// takeAnswered returns the entry the answer is for; nil if it is for none, which is a broken contract and ends the stream.
func (p *Producer[T]) takeAnswered(number uint64, now time.Time) *entry[T] {
	if p.state != Open && p.state != Recovering {
		return nil
	}
	head := p.queue.oldestInFlight()
	if head != nil && head.number == number {
		return p.queue.takeOldestInFlight()
	}
	p.output.EndStream()
	var expected uint64
	if head != nil {
		expected = head.number
	}
	p.disconnect(failure.Local(codes.Internal,
		fmt.Sprintf("Expected the answer to group %d, but got that to group %d", expected, number)), now)
	return nil
}

func (p *Producer[T]) refusedForAWhile(refused *entry[T], why failure.Failure, now time.Time) {
	p.queue.giveBack(refused)
	p.breaker.failed(why)
	wait := p.pace.afterRefusal(why, now, p.breaker.isOpen())
	if p.delayedBy == nil || wait > p.delay {
		p.delayedBy = &why
	}
	p.delay = max(p.delay, wait)
	p.window.Shrink()
	p.state = Recovering
}

func (p *Producer[T]) refusedForGood(refused *entry[T], why failure.Failure) {
	numberUsed := why.Reason == failure.RequestTooOld || why.Reason == failure.RequestConflict ||
		p.numbers.isUsedUp(refused.number)
	if !numberUsed {
		p.numbers.free(refused.number, refused.lingers)
		p.state = Recovering
	}
	switch why.Reason {
	case failure.RequestTooOld:
		p.output.OutcomeUnknown(refused.token, why)
	case failure.RequestConflict:
		p.output.Failed(refused.token, why)
	default:
		p.giveUp(refused, why)
	}
}

// giveUp: of one that lingers the last attempt failed, but one before may have been appended.
func (p *Producer[T]) giveUp(e *entry[T], why failure.Failure) {
	if e.lingers {
		p.output.OutcomeUnknown(e.token, why)
	} else {
		p.output.Failed(e.token, why)
	}
}

func (p *Producer[T]) giveUpAll(why failure.Failure) {
	p.queue.lingerInFlight()
	for _, e := range p.queue.drain() {
		p.giveUp(e, why)
	}
}

// tellLost tells what was acknowledged and is not there any more, where the coordinator expects this number next.
func (p *Producer[T]) tellLost(expected uint64) {
	if lost := p.numbers.takeLost(expected); lost > 0 {
		p.output.AcknowledgedLost(lost, p.newest)
	}
}

// noteExpected believes, of an OUT_OF_SEQUENCE nobody here can explain, the number, if it makes sense.
func (p *Producer[T]) noteExpected(why failure.Failure, number uint64) bool {
	expected, err := strconv.ParseUint(why.Metadata["expected_number"], 10, 64)
	if err != nil || expected == 0 || expected >= number || p.numbers.isUsedUp(expected) {
		return false
	}
	p.numbers.free(expected, false)
	return true
}

// settle goes on once everything in flight has been answered.
func (p *Producer[T]) settle(now time.Time) {
	if len(p.queue.inFlight) > 0 || (p.state == Open && !p.numbers.hasGap()) {
		return
	}
	p.queue.rewind()
	p.state = Open
	if p.isEverythingBehindGap() {
		if p.mustFence() {
			p.startNewEpoch(now)
			return
		}
		p.renumber()
	}
	if p.delay > 0 {
		p.waitIn(Paused, p.delay, now)
	}
}

func (p *Producer[T]) isEverythingBehindGap() bool {
	var number uint64
	if next := p.queue.nextUnsent(); next != nil {
		number = next.number
	}
	return p.numbers.isBehindGap(number)
}

func (p *Producer[T]) mustFence() bool { return p.numbers.gapLingers || p.queue.anyLingers() }

// renumber numbers what lies behind the gap from the gap on; or in a new epoch where an old attempt could fill it.
func (p *Producer[T]) renumber() {
	if p.mustFence() {
		p.beginEpoch()
		return
	}
	p.numbers.goOnAtGap()
	p.queue.forgetNumbers()
}

// beginEpoch fences all earlier attempts. What was not seen to lie behind the gap may have been appended with the group
// that left it, and would be there twice.
func (p *Producer[T]) beginEpoch() {
	if p.numbers.gapLingers {
		for _, e := range p.queue.takeLingering() {
			p.output.OutcomeUnknown(e.token, errLingers)
		}
	}
	p.numbers.beginEpoch()
	p.queue.forgetNumbers()
}

// startNewEpoch: only where nothing unanswered can be in the log, but for what beginEpoch takes out.
func (p *Producer[T]) startNewEpoch(now time.Time) {
	p.beginEpoch()
	p.output.EndStream()
	if p.delay > 0 {
		p.waitIn(Waiting, p.delay, now)
	} else {
		p.connect()
	}
}

func (p *Producer[T]) disconnect(why failure.Failure, now time.Time) {
	p.queue.lingerInFlight()
	p.queue.rewind()
	lost := p.state != Connecting
	asked := p.delay
	if p.state == Paused {
		asked = p.resumeAt.Sub(now)
	}
	// That a stream ends on which nothing waits costs nobody anything.
	if why.Retryable && !(lost && p.queue.isEmpty()) {
		p.breaker.failed(why)
	}
	comeBack := p.pace.afterEnd(why, now, lost, p.breaker.isOpen())
	if p.delayedBy == nil || comeBack > asked {
		p.delayedBy = &why
	}
	p.waitIn(Waiting, max(asked, comeBack), now)
}

// waitIn sends nothing for so long.
func (p *Producer[T]) waitIn(waiting ProducerState, wait time.Duration, now time.Time) {
	p.state = waiting
	p.delay = 0
	p.resumeAt = now.Add(wait)
	p.output.StartTimer(wait)
	p.output.Waits(*p.delayedBy, wait)
	p.breaker.waits(wait)
}

// fenced goes on in a new epoch, with what cannot be in the log.
//
// The producer ID is ours alone, so what fences us is our own: a Hello of an earlier stream that lingered on its way. What
// has attempts that linger may or may not be in the log; the rest is not.
func (p *Producer[T]) fenced(why failure.Failure, now time.Time) {
	p.output.EndStream()
	entries := p.queue.drain()
	p.numbers.beginEpoch()
	for _, e := range entries {
		if e.lingers {
			p.output.OutcomeUnknown(e.token, why)
			continue
		}
		e.number = 0
		p.queue.putBack(e)
	}
	p.disconnect(why, now)
}

func (p *Producer[T]) failAll(why failure.Failure) {
	p.state = Idle
	p.output.EndStream()
	p.numbers.beginEpoch()
	p.delay = 0
	p.output.Resumed()
	p.breaker.answered()
	p.giveUpAll(why)
}
