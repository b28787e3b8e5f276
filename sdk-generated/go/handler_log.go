package swarmlog

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/session"
)

// handlerLog is what the handler of a lane writes to the log of its program: what failed and what follows, of each cause and
// what follows one a minute; and what was found of the state it holds. It belongs to the lane's run.
type handlerLog struct {
	log      *slog.Logger
	swarm    string
	lane     Log
	failures failure.Repeated
}

func newHandlerLog(log *slog.Logger, swarm, agent string, lane Log) *handlerLog {
	return &handlerLog{log: log.With("swarm", swarm, "agent", agent, "lane", lane.String()), swarm: swarm, lane: lane}
}

// failed notes that a handler failed; `nack` is what the coordinator will be told, nil if nothing.
func (l *handlerLog) failed(opID uint64, tried int, decision Decision, nack *swarmlogv1.Nack, cause error) {
	leftOut, write := l.failures.Count([2]string{kindOf(cause), decision.String()}, time.Now())
	if !write && decision != Stop {
		return
	}
	attributes := []any{"operation", opID, "attempt", tried, "decision", decision.String(), "error", cause}
	var panicked *PanicError
	if errors.As(cause, &panicked) {
		attributes = append(attributes, "stack", string(panicked.Stack))
	}
	l.log.Warn("The handler failed: "+l.follows(decision, nack)+failure.Others(leftOut), attributes...)
}

// policyFailed notes that the user's policy did not decide.
func (l *handlerLog) policyFailed(decision Decision, cause error) {
	l.log.Warn("Expected the failure policy to decide, but it did not", "decision", decision.String(), "error", cause)
}

// applied says what a step found of the state that is held, if that is not as it should be.
func (l *handlerLog) applied(step *session.Step, done *session.Prepared) {
	if repaired, ok := step.Content.(session.Repaired); ok {
		l.log.Warn("Expected to hold what the log holds, but it drifted",
			"repaired", session.RepairReportOf(repaired.Repair, &done.Batch).String())
	}
	if done.Unread != nil {
		l.log.Warn("Expected the state to be handed over as it is held, but that failed: nothing is compared until the next "+
			"time", "error", done.Unread)
	}
}

func (l *handlerLog) follows(decision Decision, nack *swarmlogv1.Nack) string {
	switch decision {
	case RetryAtOnce:
		return "tried again at once"
	case RetryLater:
		again := time.Duration(nack.GetRetryAfterMs()) * time.Millisecond
		return fmt.Sprintf("given again in about %v, or parked if it has come too often: ./swarmlog parked list %s",
			again.Round(time.Second/10), l.swarm)
	case Park:
		return "to be parked: ./swarmlog parked list " + l.swarm
	case Retry:
		return "tried again within 30 s, and the lane waits for it"
	case Skip:
		return "forgotten"
	default:
		return "the agent stops"
	}
}

// kindOf is what errors of one cause have in common: the types of those that are wrapped.
func kindOf(cause error) string {
	kind := ""
	for ; cause != nil; cause = errors.Unwrap(cause) {
		kind += fmt.Sprintf("%T ", cause)
	}
	return kind
}
