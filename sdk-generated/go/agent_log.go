package swarmlog

import (
	"log/slog"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

// agentLog is what an agent writes to the log of its program, also where nobody listens to it: that it is not connected and
// why, that it is again, that it has stopped for good, that its handler is left alone. Silent while all is well.
type agentLog struct {
	log      *slog.Logger
	swarm    string
	target   string
	failures failure.Repeated
	draining bool
	// Since it was connected last a line said that it is not.
	saidDisconnected bool
}

func newAgentLog(log *slog.Logger, swarm, agent, target string) *agentLog {
	return &agentLog{log: log.With("swarm", swarm, "agent", agent), swarm: swarm, target: target}
}

func (l *agentLog) connected() {
	l.draining = false
	if l.saidDisconnected {
		l.saidDisconnected = false
		l.log.Info("Connected again", "target", l.target)
	}
}

func (l *agentLog) disconnected(why failure.Failure, retryIn time.Duration) {
	if l.draining {
		// The coordinator asked for it.
		l.draining = false
		return
	}
	leftOut, write := l.failures.Count(failure.OfFailure(why), time.Now())
	if !write {
		return
	}
	l.saidDisconnected = true
	message := "Not connected"
	if why.Reason == failure.BreakerOpen {
		message = "Not served for a while"
	}
	l.log.Warn(message+failure.Others(leftOut), "target", l.target, "error", why.String(),
		"next_try", time.Now().Add(retryIn).UTC(), "in", retryIn.Round(time.Millisecond))
}

func (l *agentLog) refused(why failure.Failure) {
	l.log.Warn("Stopped for good", "error", why.String())
}

func (l *agentLog) parted(applied, fork *swarmlogv1.Position) {
	message := "Applied what the coordinator has lost: what operations above the fork did has to be looked at"
	attributes := []any{"lane", Log(applied.GetLog()).String(), "applied", applied.GetOpId()}
	if fork == nil {
		message = "Applied what is of another history of the log: what it did has to be looked at"
	} else {
		attributes = append(attributes, "fork", fork.GetOpId())
	}
	l.log.Warn(message, attributes...)
}

func (l *agentLog) handlerHeld(lane Log, retryIn time.Duration) {
	l.log.Warn("The handler fails at nearly everything: it is left alone, then one operation is tried",
		"lane", lane.String(), "in", retryIn.Round(time.Millisecond))
}

func (l *agentLog) nackAnswered(reply *swarmlogv1.NackReply) {
	if reply.GetOutcome() != swarmlogv1.NackReply_OUTCOME_PARKED {
		return
	}
	if leftOut, write := l.failures.Count("parked", time.Now()); write {
		l.log.Warn("Parked an operation that could not be applied: ./swarmlog parked list "+l.swarm+failure.Others(leftOut),
			"operation", reply.GetOpId(), "lane", Log(reply.GetLog()).String())
	}
}

func (l *agentLog) storeNotClosed(err error) { l.log.Warn("Closing the store failed", "error", err) }

func (l *agentLog) notTold(leftOut int) {
	l.log.Warn("Expected the listener to return, but so much waits that it was not told of everything", "not_told", leftOut)
}

func (l *agentLog) listenerPanicked(err error) {
	l.log.Warn("Expected the listener to return, but it panicked", "error", err)
}
