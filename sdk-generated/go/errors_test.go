package swarmlog

import (
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/failure/failuretest"
)

func TestErrorsAreOfKindsThatErrorsIsKnows(t *testing.T) {
	kinds := []error{ErrRetryable, ErrTerminal, ErrOutcomeUnknown, ErrQueueFull, ErrClosed}
	tests := []struct {
		err  error
		want []error
	}{
		{errorOf(failuretest.Of("OVERLOADED", 0)), []error{ErrRetryable}},
		{errorOf(failuretest.Of("PERMISSION_DENIED", 0)), []error{ErrTerminal}},
		{outcomeUnknownError(failuretest.Of("UNAVAILABLE", 0)), []error{ErrOutcomeUnknown}},
		{queueFullError(PublisherState{}), []error{ErrRetryable, ErrQueueFull}},
		{closedError("the publisher"), []error{ErrRetryable, ErrClosed}},
	}
	for _, test := range tests {
		var are []error
		for _, kind := range kinds {
			if errors.Is(fmt.Errorf("wrapped: %w", test.err), kind) {
				are = append(are, kind)
			}
		}
		if fmt.Sprint(are) != fmt.Sprint(test.want) {
			t.Errorf("Expected %v to be %v, but it is %v", test.err, test.want, are)
		}
	}
}

func TestAnErrorSaysWhatToDo(t *testing.T) {
	err := fmt.Errorf("wrapped: %w", errorOf(failuretest.Of("RATE_LIMITED", 1_500_000_000)))
	var known *Error
	if !errors.As(err, &known) {
		t.Fatal("Expected an *Error")
	}
	if known.Reason != "RATE_LIMITED" || known.Action != "Wait as RetryInfo says." || known.RetryAfter.Seconds() != 1.5 ||
		known.Error() != "RATE_LIMITED: Expected something else, but it is a test. Wait as RetryInfo says." {
		t.Errorf("Expected reason, action and time, but got %+v", known)
	}
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("Expected gRPC to know its code, but got %v", status.Code(err))
	}
	cause := status.Error(codes.Unavailable, "away")
	if err := errorOf(failure.OfCall(cause, nobody)); !errors.Is(err, cause) || err.Reason != ReasonUnspecified {
		t.Errorf("Expected the error of gRPC within, but got %v", err)
	}
}
