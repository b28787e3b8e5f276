package swarmlog

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"swarmlog.dev/go/internal/failure"
)

// What an *Error is, for errors.Is. Each is ErrRetryable, ErrTerminal or ErrOutcomeUnknown; a full queue and a closed
// client are ErrRetryable, too.
var (
	// ErrRetryable is an error that another try may not meet: the coordinator is away, restarting, or asks to wait.
	ErrRetryable = errors.New("swarmlog: worth another try")
	// ErrTerminal is an error that the same attempt will meet again; Error.Action says what a person can do.
	ErrTerminal = errors.New("swarmlog: not worth another try")
	// ErrOutcomeUnknown is that of a publication that was sent, of which it is not known whether it is in the log.
	//
	// The connection broke before it was answered, and then the publisher was closed, or the coordinator refused it when
	// it came again because a limit, a grant or a term had changed meanwhile. Error.Reason is that of the last refusal.
	// Look in the log. Published again it may be there twice, unless both have the same idempotency key: then the
	// coordinator gives the first answer, if there was one.
	ErrOutcomeUnknown = errors.New("swarmlog: outcome unknown")
	// ErrQueueFull is that of a publisher whose queue is full: the coordinator takes less than is published. Nothing was
	// sent.
	ErrQueueFull = errors.New("swarmlog: the publisher's queue is full")
	// ErrClosed is that of something that was closed before. Nothing was sent.
	ErrClosed = errors.New("swarmlog: closed")
)

// ReasonUnspecified is the reason of an error that is not the coordinator's.
const ReasonUnspecified = failure.Unspecified

// Error is an answer of the coordinator, or of the way to it, that is not the one asked for. Find it by errors.As, and
// what it is by errors.Is with ErrRetryable, ErrTerminal, ErrOutcomeUnknown, ErrQueueFull and ErrClosed.
type Error struct {
	// Reason is the coordinator's, such as RATE_LIMITED; ReasonUnspecified if it is not its. The table of reasons is
	// swarmlogv1.Reasons.
	Reason string
	// Code is the gRPC status code it came with.
	Code codes.Code
	// Message says what was expected and what came instead.
	Message string
	// Action is what a person can do about it, as the contract states it for the reason; empty if nobody said.
	Action string
	// Metadata is what the coordinator adds, such as the number it expected.
	Metadata map[string]string
	// RetryAfter is the least time to wait before another try that the coordinator asked for, at most a day; 0 for none.
	RetryAfter time.Duration

	// The reason, or the code where nobody said why.
	name  string
	text  string
	kinds [2]error
	cause error
}

// Error returns the reason, or the gRPC code where nobody said why, the message, and what to do.
func (e *Error) Error() string { return e.text }

// Is says whether the error is of a kind.
func (e *Error) Is(target error) bool {
	return target != nil && (target == e.kinds[0] || target == e.kinds[1])
}

// Unwrap returns the error of gRPC that it was read from, or nil.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus returns code and message, so that status.Code and status.FromError know the error.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Message) }

// errorOf returns the error for a failure, by whether another try may not meet it.
func errorOf(why failure.Failure) *Error {
	if why.Retryable {
		return newError(why, ErrRetryable)
	}
	return newError(why, ErrTerminal)
}

// retryableError returns the error where another try follows whatever it is.
func retryableError(why failure.Failure) *Error { return newError(why, ErrRetryable) }

// terminalError returns the error where no other try follows.
func terminalError(why failure.Failure) *Error { return newError(why, ErrTerminal) }

// outcomeUnknownError returns the error for what had been sent before.
func outcomeUnknownError(why failure.Failure) *Error {
	return newError(why.SentBefore(), ErrOutcomeUnknown)
}

// closedError returns the error for what was closed before; what names it, such as "the publisher".
func closedError(what string) *Error {
	why := failure.Local(codes.Canceled, "Expected "+what+" to be open, but it was closed")
	return retryableError(why).also(ErrClosed)
}

// queueFullError returns the error for a publisher's queue without room.
func queueFullError(state PublisherState) *Error {
	why := "none was refused (a rate limit holds the stream first: ./swarmlog limits)"
	if state.Why != nil {
		why = fmt.Sprintf("the last refusal is (%v)", state.Why)
	}
	return retryableError(failure.Local(codes.ResourceExhausted, fmt.Sprintf(
		"Expected room in the publisher's queue, but %d groups wait for their answer, the oldest for %s, %s: publish "+
			"slower, or allow more by MaxQueuedGroups and MaxQueuedBytes, or have publish wait by OverflowWait",
		state.QueuedGroups, seconds(state.OldestWaited), why))).also(ErrQueueFull)
}

// telemetryFullError returns the error for a queue of telemetry without room.
func telemetryFullError(waiting int) *Error {
	return retryableError(failure.Local(codes.ResourceExhausted, fmt.Sprintf(
		"Expected room in the publisher's queue, but %d measurements wait for their answer: measure less often, or allow "+
			"more by MaxQueuedGroups and MaxQueuedBytes", waiting))).also(ErrQueueFull)
}

// also makes the error of another kind, too. Only where it is made.
func (e *Error) also(kind error) *Error {
	e.kinds[1] = kind
	return e
}

func newError(why failure.Failure, kind error) *Error {
	return &Error{
		Reason: why.Reason, Code: why.Code, Message: why.Message, Action: why.Action,
		Metadata: maps.Clone(why.Metadata), RetryAfter: why.RetryAfter,
		name: why.Name(), text: why.String(), kinds: [2]error{kind}, cause: why.Cause,
	}
}
