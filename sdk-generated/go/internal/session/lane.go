package session

import (
	"fmt"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/names"
)

type laneState int

const (
	laneDetached laneState = iota
	laneReading
	laneApplying
	laneRetrying
	laneRefusing
	laneHolding
)

// nackReader is who would read a Nack now.
type nackReader int

const (
	nobody nackReader = iota
	olderCoordinator
	coordinator
)

// lane is one lane of a session: which frame may be read, and which step is with the handler.
//
// What frames say, and where the lane stands, its laneReader knows. It outlives streams: a step that a handler holds when a
// stream breaks is finished, and only then the lane attaches again, so operations are never applied by two calls at a time.
//
//	           attach               frame with content            applied
//	DETACHED --------> READING ----------------------------> APPLYING --------> READING
//	   ^                  |                                   |     ^      (or DETACHED)
//	   |  stream ended    |                    handler failed |     | retry timer
//	   +------------------+                                   v     |
//	                                                         RETRYING
//
//	           handler refuses an operation       coordinator has taken it
//	APPLYING -----------------------------> REFUSING ---------------> APPLYING, behind it
//	                                           |
//	                                           | it cannot be asked, or says no for good
//	                                           v
//	                                        RETRYING
//
//	           coordinator has taken it,
//	           the breaker is open                breaker timer
//	REFUSING -------------------------> HOLDING ----------------> APPLYING, behind it
//
// A stream that ends while APPLYING, RETRYING, REFUSING or HOLDING leaves the state. One frame at a time is asked for, so at
// most one is held.
//
// While REFUSING nothing of the step is committed. A Nack goes to whichever session there is: it is sent when the handler
// stops, again with each new session, and again where no answer or "later" comes. The coordinator gives the same answer
// however often it is asked.
//
// A step that a handler has when Hello is sent, and what the plan then knows of it: see ResumePoint.
type lane struct {
	log          names.Log
	output       LaneOutput
	retryBackoff *backoff.Backoff
	breaker      *HandlerBreaker
	reader       laneReader
	state        laneState
	attached     bool
	paused       bool
	// What is to be followed once the lane is attached, or nil.
	plan *swarmlogv1.LogPlan
	// With the handler, unless DETACHED or READING.
	applying *Step
	// Of its operations, those whose outcome the breaker knows.
	judged int
	// What is refused of it, while REFUSING.
	refused *swarmlogv1.Nack
	heldFor time.Duration
	nacksTo nackReader
	// At most one frame is asked for: either it is outstanding, or held, or being applied.
	outstanding bool
	heldFrame   *swarmlogv1.DataResponse
}

func newLane(log names.Log, stored LaneStored, output LaneOutput, backoffs func() *backoff.Backoff,
	stateInterval time.Duration,
) *lane {
	made := &lane{
		log:          log,
		output:       output,
		retryBackoff: backoffs(),
		breaker:      NewHandlerBreaker(backoffs()),
	}
	sums := newSumsSchedule(stateInterval)
	made.reader = laneReader{
		log:      log,
		output:   output,
		turn:     made,
		sums:     sums,
		acks:     laneAcks{log: log, output: output, sums: sums},
		position: stored.Resume.GetPosition(),
		resume:   NewResumePoint(log, stored.Resume, stored.LacksKeys),
	}
	return made
}

// isCaughtUp: telemetry is never caught up with, nor behind.
func (l *lane) isCaughtUp() bool { return l.reader.isCaughtUp || l.log == names.Telemetry }

// isApplying says whether a handler holds a step now.
func (l *lane) isApplying() bool { return l.state == laneApplying }

// appliedTo is what is applied, or with a handler that may have applied it; nil if there is nothing.
func (l *lane) appliedTo() *swarmlogv1.Position {
	if l.applying == nil || l.log == names.Telemetry {
		return l.reader.position
	}
	return l.applying.To()
}

// Present is what Hello says of the lane; nil if there is nothing to say.
func (l *lane) present() *swarmlogv1.LogResume { return l.reader.resume.Present(l.applying) }

// takePlan takes the coordinator's plan.
func (l *lane) takePlan(plan *swarmlogv1.LogPlan, agreed terms) {
	l.plan = plan
	l.reader.expect(agreed)
	l.nacksTo = olderCoordinator
	if agreed.nacks {
		l.nacksTo = coordinator
	}
	l.askToRefuse()
}

// canAttach says whether the lane waits to be attached to the current session.
func (l *lane) canAttach() bool { return l.plan != nil && l.state == laneDetached }

// attach says that a stream is open for the lane.
func (l *lane) attach() {
	plan := l.plan
	l.plan = nil
	l.reader.attach(plan)
	l.attached = true
	l.paused = false
	l.state = laneReading
	l.outstanding = false
	l.request()
}

// detach says that the lane's stream is gone, or about to be.
func (l *lane) detach() {
	l.attached = false
	l.plan = nil
	l.nacksTo = nobody
	l.heldFrame = nil
	l.reader.detach()
	if l.state == laneReading {
		l.state = laneDetached
	}
	if l.state == laneDetached {
		l.reader.standAtCommitted()
	}
}

// pause reads nothing more; what is being applied is finished and acknowledged.
func (l *lane) pause() {
	l.paused = true
	l.heldFrame = nil
}

// frame says that a frame has come.
func (l *lane) frame(frame *swarmlogv1.DataResponse) outcome {
	l.outstanding = false
	if !l.attached || l.paused {
		return nil // It comes again: nothing of it was acknowledged.
	}
	if l.state != laneReading {
		l.heldFrame = frame
		return nil
	}
	return l.reader.frame(frame)
}

// applied says that the handler is done with the step, and it is committed.
func (l *lane) applied(done *Prepared, now time.Time) outcome {
	step := l.applying
	if step == nil {
		panic(fmt.Sprintf("Expected a step of %v with the handler, but there is none", l.log))
	}
	l.applying = nil
	l.breaker.Applied(len(done.Batch.Operations) - l.judged)
	l.retryBackoff.Reset()
	l.state = laneDetached
	if l.attached {
		l.state = laneReading
	}
	result := l.reader.applied(step, done, l.attached, now)
	if _, fails := result.(resync); !l.attached || l.paused || fails {
		return result
	}
	l.reader.report()
	if l.heldFrame != nil && result == nil {
		frame := l.heldFrame
		l.heldFrame = nil
		return l.frame(frame)
	}
	l.request()
	return result
}

// applyFailed says that the handler failed, and is to try again.
func (l *lane) applyFailed() { l.retryInPlace() }

// refuse says that the handler stopped at an operation, which it cannot apply. `appliedBefore` are the operations it applied
// since it started or stopped last.
func (l *lane) refuse(nack *swarmlogv1.Nack, appliedBefore int) {
	l.breaker.Applied(appliedBefore)
	l.breaker.Failed()
	l.judged += appliedBefore + 1
	l.state = laneRefusing
	l.refused = nack
	l.askToRefuse()
}

// nackReply says that the coordinator has answered a Nack, and answers whether it was for what is refused now.
func (l *lane) nackReply(reply *swarmlogv1.NackReply) bool {
	if l.state != laneRefusing || l.refused == nil || l.refused.GetOpId() != reply.GetOpId() {
		return false
	}
	switch reply.GetOutcome() {
	case swarmlogv1.NackReply_OUTCOME_RETRY, swarmlogv1.NackReply_OUTCOME_PARKED,
		swarmlogv1.NackReply_OUTCOME_SKIPPED, swarmlogv1.NackReply_OUTCOME_SUPERSEDED:
		l.retryBackoff.Reset()
		l.refused = nil
		if l.breaker.IsOpen() {
			l.state = laneHolding
			l.heldFor = l.breaker.Wait()
			l.startTimer(TimerBreaker, l.heldFor)
		} else {
			l.goOn()
		}
	default:
		if why := failure.OfStatus(reply.GetStatus()); why.Retryable {
			l.startTimer(TimerNack, l.retryBackoff.Next(time.Time{}, why.RetryAfter))
		} else {
			l.retryInPlace()
		}
	}
	return true
}

// holdsFor is for how long the breaker of the handler holds the lane; 0 if it does not.
func (l *lane) holdsFor() time.Duration {
	if l.state != laneHolding {
		return 0
	}
	return l.heldFor
}

// timer says that a timer of the lane is over. `closing`: nothing is tried again.
func (l *lane) timer(kind TimerKind, closing bool) {
	switch {
	case kind == TimerFlush:
		l.flush()
	case kind == TimerSums:
		l.reader.sums.elapsed()
		if l.state == laneReading && !l.paused {
			l.reader.report()
		}
	case closing:
	case kind == TimerRetry && l.state == laneRetrying:
		l.state = laneApplying
		l.output.DeliverAgain(l.log)
	case kind == TimerNack:
		l.askToRefuse()
	case kind == TimerBreaker && l.state == laneHolding:
		l.breaker.Probe()
		l.goOn()
	}
}

// flush commits and acknowledges a position that moved without operations.
func (l *lane) flush() {
	if l.state == laneReading {
		l.reader.flush()
	}
}

func (l *lane) hand(step *Step) {
	l.applying = step
	l.judged = 0
	l.state = laneApplying
	l.output.Deliver(step)
}

func (l *lane) request() {
	if !l.outstanding {
		l.outstanding = true
		l.output.RequestFrame(l.log)
	}
}

// askToRefuse says what is refused, if there is anything and somebody to tell. The number of an operation means another one
// in another history.
func (l *lane) askToRefuse() {
	if l.state != laneRefusing || l.refused == nil || l.nacksTo == nobody {
		return
	}
	if l.nacksTo == olderCoordinator || l.isOfAnotherHistory() {
		l.retryInPlace()
		return
	}
	l.output.SendNack(l.refused)
	l.startTimer(TimerNack, swarmlogv1.SessionNackPatienceMs*time.Millisecond)
}

func (l *lane) goOn() {
	l.state = laneApplying
	l.output.GoOn(l.log)
}

func (l *lane) isOfAnotherHistory() bool {
	start := l.plan.GetStart()
	return l.applying != nil && start != nil && !isSameHistory(l.applying.To(), start)
}

func (l *lane) retryInPlace() {
	l.refused = nil
	l.state = laneRetrying
	l.startTimer(TimerRetry, l.retryBackoff.Next(time.Time{}, 0))
}

func (l *lane) startTimer(kind TimerKind, delay time.Duration) {
	l.output.StartTimer(TimerKey{Kind: kind, Lane: l.log}, delay)
}
