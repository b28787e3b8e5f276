package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/session"
)

const notCommitted = "Expected the step to be committed, but the agent stopped before"

// laneAnswers is where the outcome of a lane's run goes. Exactly one is called for each run, by its goroutine, unless the
// agent was aborted.
type laneAnswers interface {
	applied(log Log, done *session.Prepared, acks ackSpans)
	// failed says that the step is to be tried again.
	failed(log Log)
	// refused says that an operation cannot be applied. appliedBefore are the operations since the run started or stopped
	// last.
	refused(log Log, nack *swarmlogv1.Nack, appliedBefore int)
	// stopped says that the agent cannot go on.
	stopped(why failure.Failure)
}

// laneHandler runs a lane's steps, one at a time, on a goroutine of its own, each once the listener has heard what it has to
// hear before. A step is delivered again only after it was
// answered, so runs never overlap.
type laneHandler struct {
	log         Log
	ledger      *session.Ledger
	application application
	policy      FailurePolicy
	retryLater  func(times int) time.Duration
	random      backoff.Randomness
	watch       *runWatch
	answers     laneAnswers
	monitor     *agentMonitor
	handlerLog  *handlerLog
	tracing     *agentTracing

	atOnce *backoff.Budget
	// Holds a token while there is something to run.
	wake chan struct{}
	// Of the run that is under way, or waits to go on.
	run *stepRun
	// Spans are abandoned by whoever ends the agent.
	spansMu sync.Mutex
	spans   *stepSpans
}

// stepRun is how far a step has come.
type stepRun struct {
	step     *session.Step
	spans    *stepSpans
	prepared *session.Prepared
	next     int
	attempts int
	applied  int
	// By index; what comes before, the coordinator has been told of.
	untold int
	// Or skipped, by index.
	refused map[int]struct{}
}

// deliver runs a step.
func (h *laneHandler) deliver(step *session.Step) {
	h.run = &stepRun{step: step, spans: newStepSpans(h.tracing, step), refused: make(map[int]struct{})}
	h.spansMu.Lock()
	h.spans = h.run.spans
	h.spansMu.Unlock()
	h.deliverAgain()
}

// goOn runs the step again, from behind the operation that was refused.
func (h *laneHandler) goOn() {
	h.run.refused[h.run.next] = struct{}{}
	h.run.next++
	h.run.untold = h.run.next
	h.run.applied = 0
	h.run.attempts = 0
	h.deliverAgain()
}

// deliverAgain runs the step again, from where it failed.
func (h *laneHandler) deliverAgain() { h.wake <- struct{}{} }

// work runs what is delivered, until ctx is done.
func (h *laneHandler) work(ctx context.Context) {
	defer h.abandon()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			h.monitor.awaitHeard(ctx)
			h.answer(ctx)
		}
	}
}

// abandon ends what is recorded of a step that was not committed.
func (h *laneHandler) abandon() {
	h.spansMu.Lock()
	defer h.spansMu.Unlock()
	if h.spans != nil {
		h.spans.abandon(notCommitted)
	}
}

// laneAnswer is what a run came to: one field is set, or none where the step is to be tried again.
type laneAnswer struct {
	done    *session.Prepared
	acks    ackSpans
	nack    *swarmlogv1.Nack
	stopped *failure.Failure
}

func (h *laneHandler) answer(ctx context.Context) {
	returned := false
	defer func() {
		if !returned && ctx.Err() == nil {
			// runtime.Goexit, such as by testing.T.FailNow: the goroutine ends, and so must the agent.
			h.watch.runEnds()
			h.answers.stopped(failure.LocalTerminal("Expected the handler to return, but it ended its goroutine: fail a test "+
				"on the goroutine of the test", nil))
		}
	}()
	answer, err := h.apply(ctx, h.run)
	returned = true
	// Before the answer: that may start the next run.
	h.watch.runEnds()
	switch {
	case ctx.Err() != nil:
		// Aborted: nobody waits for an answer.
	case err != nil:
		h.abandon()
		said := err.Error()
		if !errors.Is(err, ErrCursorStore) {
			said = "a step failed: " + said
		}
		h.answers.stopped(failure.LocalTerminal(said, err))
	case answer.done != nil:
		h.answers.applied(h.log, answer.done, answer.acks)
	case answer.nack != nil:
		h.answers.refused(h.log, answer.nack, h.run.applied)
	case answer.stopped != nil:
		h.abandon()
		h.answers.stopped(*answer.stopped)
	default:
		h.answers.failed(h.log)
	}
}

func (h *laneHandler) apply(ctx context.Context, run *stepRun) (laneAnswer, error) {
	if run.prepared == nil {
		run.prepared = h.ledger.Prepare(run.step)
	}
	ready := run.prepared
	for {
		run.spans.begin(ctx, run.next, run.attempts)
		err := h.application.apply(ctx, ready, run.next, run.spans)
		var failed *notApplied
		switch {
		case err == nil:
			return h.commit(ctx, run)
		case ctx.Err() != nil || !errors.As(err, &failed):
			return laneAnswer{}, err
		}
		decision, nack := h.decide(run, ready, failed)
		switch decision {
		case Retry:
			return laneAnswer{}, nil
		case RetryLater, Park:
			return laneAnswer{nack: nack}, nil
		case Stop:
			why := h.stopped(run, failed)
			return laneAnswer{stopped: &why}, nil
		case Skip:
			run.next = failed.index + max(1, len(failed.operations))
			for i := failed.index; i < run.next; i++ {
				run.refused[i] = struct{}{}
			}
			run.attempts = 0
		case RetryAtOnce:
		}
	}
}

func (h *laneHandler) commit(ctx context.Context, run *stepRun) (laneAnswer, error) {
	h.atOnce.Succeeded(len(run.prepared.Batch.Operations) - len(run.refused))
	done := h.ledger.Applied(run.prepared, run.refused)
	if err := h.application.commit(ctx, done); err != nil {
		return laneAnswer{}, err
	}
	h.handlerLog.applied(run.step, done)
	return laneAnswer{done: done, acks: run.spans.committed(ctx)}, nil
}

// decide says what becomes of what could not be applied, and what the coordinator is told of it.
func (h *laneHandler) decide(run *stepRun, ready *session.Prepared, e *notApplied) (Decision, *swarmlogv1.Nack) {
	run.applied += e.index - run.next
	if e.index == run.next {
		run.attempts++
	} else {
		run.attempts = 1
	}
	run.next = e.index
	opID, tried := run.step.To().GetOpId(), run.attempts
	if len(e.operations) > 0 {
		opID = e.operations[0].GetOpId()
		tried += session.TriedBefore(e.operations[0])
	}
	failed := HandlerFailure{Operations: operationsOf(e.operations), Err: e.cause, Attempts: tried}
	decision := h.decided(failed)
	decision = h.feasible(h.affordable(decision, run.attempts), ready, e.index)
	var nack *swarmlogv1.Nack
	if refuses(decision) {
		nack = h.nack(e.operations[0], decision, e.cause)
		nack.AppliedBefore = h.appliedUntold(run, ready)
	}
	h.handlerLog.failed(opID, tried, decision, nack, e.cause)
	h.monitor.handlerFailed(failed, decision)
	return decision, nack
}

// decided asks the user's policy. One that panics, or decides what there is not, stops the agent.
func (h *laneHandler) decided(failed HandlerFailure) Decision {
	decision := Stop
	err := guarded(func() error {
		decision = h.policy(failed)
		return nil
	})
	if err != nil || decision < RetryAtOnce || decision > Stop {
		h.handlerLog.policyFailed(decision, err)
		return Stop
	}
	return decision
}

func (h *laneHandler) affordable(decided Decision, attempts int) Decision {
	if decided == RetryAtOnce && (attempts > swarmlogv1.HandlerMaxRetriesAtOnce || !h.atOnce.Take()) {
		return RetryLater
	}
	return decided
}

// feasible: only an operation of the log, and known by itself, can be refused.
func (h *laneHandler) feasible(decided Decision, ready *session.Prepared, index int) Decision {
	if refuses(decided) && (h.log == LogTelemetry || !h.application.singlesOut() || ready.IsMade(index)) {
		return Retry
	}
	return decided
}

func refuses(decision Decision) bool { return decision == RetryLater || decision == Park }

func (h *laneHandler) nack(operation *swarmlogv1.Operation, decision Decision, cause error) *swarmlogv1.Nack {
	nack := &swarmlogv1.Nack{Log: h.log.Wire(), OpId: operation.GetOpId(), Status: statusOf(cause)}
	if decision == Park {
		nack.Reaction = swarmlogv1.Nack_REACTION_PARK
		return nack
	}
	longest := h.longestWait(1 + session.TriedBefore(operation))
	nack.Reaction = swarmlogv1.Nack_REACTION_RETRY
	nack.RetryAfterMs = uint64(longest - h.random.Int64N(longest/2+1))
	return nack
}

// longestWait is the user's, in ms, within its bounds.
func (h *laneHandler) longestWait(times int) int64 {
	longest := defaultRetryLater(times)
	if err := guarded(func() error {
		longest = h.retryLater(times)
		return nil
	}); err != nil {
		h.handlerLog.policyFailed(RetryLater, err)
	}
	return max(1, min(swarmlogv1.HandlerLongestRetryMs, longest.Milliseconds()))
}

// appliedUntold counts as Nack does: operations of the lane that came for the first time.
func (h *laneHandler) appliedUntold(run *stepRun, ready *session.Prepared) uint64 {
	if _, delivered := run.step.Content.(session.Delivered); !delivered {
		return 0
	}
	var count uint64
	for i := run.untold; i < run.next; i++ {
		_, refused := run.refused[i]
		if !refused && !ready.IsMade(i) && !session.IsRedelivery(ready.Batch.Operations[i]) {
			count++
		}
	}
	return count
}

func (h *laneHandler) stopped(run *stepRun, e *notApplied) failure.Failure {
	opID := run.step.To().GetOpId()
	if len(e.operations) > 0 {
		opID = e.operations[0].GetOpId()
	}
	return failure.LocalTerminal(fmt.Sprintf("Expected the handler to apply operation %d of %v, but it failed %d times and "+
		"its policy says STOP: %v", opID, h.log, run.attempts, e.cause), e.cause)
}

// statusOf is what the coordinator is told of an error: its text, as far as it may be long.
func statusOf(cause error) *spb.Status {
	code := codes.Unknown
	var known *Error
	if errors.As(cause, &known) {
		code = known.Code
	}
	// What cannot be encoded must not keep the rest from being told.
	said := strings.ToValidUTF8(cause.Error(), string(utf8.RuneError))
	for i := range said {
		if i >= swarmlogv1.HandlerMaxStatusMessageChars {
			said = said[:i]
			break
		}
	}
	return &spb.Status{Code: int32(code), Message: said}
}
