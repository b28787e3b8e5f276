package swarmlog

import (
	"fmt"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// Decision says what to do with operations that could not be applied.
type Decision int

const (
	// RetryAtOnce calls the handler again at once: twice at most before it is RetryLater, and that from the first time on
	// where more than every third try of the lane fails, since what is down is not helped by three times the tries.
	RetryAtOnce Decision = iota
	// RetryLater goes on with the next operation, and has the coordinator give this one again after a while: as a new
	// operation, see Operation.Redelivery. What has been tried too often is parked by the coordinator (its setting
	// parking.attempts, 5). The lane waits until the coordinator has answered, and commits then.
	//
	// It is Retry instead where the coordinator cannot know the operation: in telemetry, for handlers of batches and an
	// EffectStore, for deletions that the agent makes by itself, with a coordinator that does not offer it, and where it
	// says no.
	RetryLater
	// Park goes on with the next operation, and has the coordinator set this one aside until a person replays or purges it.
	// As RetryLater otherwise.
	Park
	// Retry calls the handler again after a backoff with jitter, 100 ms to 30 s, for ever; the lane waits.
	Retry
	// Skip goes on as if they had been applied.
	Skip
	// Stop stops the agent; its cursor stays before them.
	Stop
)

// String is the decision for people to read: "retry at once".
func (d Decision) String() string {
	decisions := [...]string{"retry at once", "retry later", "park", "retry", "skip", "stop"}
	if d < 0 || int(d) >= len(decisions) {
		return fmt.Sprintf("decision %d", int(d))
	}
	return decisions[d]
}

// HandlerFailure says what could not be applied, and why.
type HandlerFailure struct {
	// Operations: one for handlers of operations, all of the batch for handlers of batches and an EffectStore.
	Operations []Operation
	// Err is what the handler returned; a *PanicError if it panicked.
	Err error
	// Attempts is how often it has been tried by now, at least 1. Of an operation that is given again, tries before that
	// count.
	Attempts int
}

// FailurePolicy decides what happens after a handler failed. It is called on the goroutine of the handler; one that panics
// stops the agent.
//
// Without one it is RetryAtOnce, always: an operation that cannot be applied does not hold up the others. Where order counts
// for more than that, it is RetryForEver.
type FailurePolicy func(failure HandlerFailure) Decision

// RetryForEver tries for ever, in place: nothing is lost and order is kept, while the lane waits.
func RetryForEver() FailurePolicy { return func(HandlerFailure) Decision { return Retry } }

// ParkAfter tries so often, each time later, then parks.
func ParkAfter(attempts int) FailurePolicy { return after(attempts, RetryLater, Park) }

// SkipAfter tries so often in place, then skips.
func SkipAfter(attempts int) FailurePolicy { return after(attempts, Retry, Skip) }

// StopAfter tries so often in place, then stops the agent.
func StopAfter(attempts int) FailurePolicy { return after(attempts, Retry, Stop) }

func after(attempts int, before, then Decision) FailurePolicy {
	return func(failure HandlerFailure) Decision {
		if failure.Attempts < attempts {
			return before
		}
		return then
	}
}

// defaultRetryLater doubles with each time, from a second to 5 minutes.
func defaultRetryLater(times int) time.Duration {
	// Far beyond the last one; keeps the shift small.
	const maxShift = 30
	longest := swarmlogv1.HandlerFirstRetryMs * time.Millisecond << min(max(times, 1)-1, maxShift)
	return min(longest, swarmlogv1.HandlerLastRetryMs*time.Millisecond)
}

// PanicError is what a handler panicked with, as the error that it should have returned.
type PanicError struct {
	// Value is what it panicked with.
	Value any
	// Stack is where, as debug.Stack has it.
	Stack []byte
}

// Error names the value.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
