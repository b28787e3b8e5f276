package failure_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/failure/failuretest"
)

const target = "db:7400"

func TestIsWhatTheContractSaysOfTheReason(t *testing.T) {
	values := swarmlogv1.ErrorReason(0).Descriptor().Values()
	checked := 0
	for i := range values.Len() {
		said, ok := proto.GetExtension(values.Get(i).Options(), swarmlogv1.E_Reason).(*swarmlogv1.ReasonDetail)
		if !ok || said.GetAction() == "" {
			continue
		}
		checked++
		reason := strings.TrimPrefix(string(values.Get(i).Name()), "ERROR_REASON_")
		read := failure.OfCall(status.FromProto(failuretest.Status(reason, nil, 0)).Err(), target)
		if read.Reason != reason || read.Action != said.GetAction() || read.Code != codes.Code(said.GetCode()) {
			t.Errorf("Expected %s to be what the contract says, but it is %+v", reason, read)
		}
		if read.Retryable != (said.GetRetry() == swarmlogv1.Retry_RETRY_BACKOFF) {
			t.Errorf("Expected %s to be retryable as the contract says, but it is %v", reason, read.Retryable)
		}
		want := reason + ": Expected something else, but it is a test. " + said.GetAction()
		if read.String() != want {
			t.Errorf("Expected %q, but got %q", want, read.String())
		}
	}
	if checked != len(swarmlogv1.Reasons) || checked == 0 {
		t.Errorf("Expected to have seen all %d reasons, but saw %d", len(swarmlogv1.Reasons), checked)
	}
}

func TestReadsTheTimeToWait(t *testing.T) {
	tests := []struct {
		seconds int64
		nanos   int32
		want    time.Duration
	}{
		{math.MaxInt64, 999_999_999, 24 * time.Hour},
		{86_400, 0, 24 * time.Hour},
		{1, 500_000_000, 1500 * time.Millisecond},
		{0, 1, 1},
		{0, 0, 0},
		{math.MinInt64, -1, 0},
		{-1, 0, 0},
	}
	for _, test := range tests {
		delay := &durationpb.Duration{Seconds: test.seconds, Nanos: test.nanos}
		told := failuretest.Status(failure.RateLimited, nil, 0)
		told.Details = append(told.Details, failuretest.Packed(&errdetails.RetryInfo{RetryDelay: delay}))
		read := failure.OfStatus(told)
		if read.RetryAfter != test.want || read.WaitTold() != test.want {
			t.Errorf("Expected %v of %d s %d ns, but got %v", test.want, test.seconds, test.nanos, read.RetryAfter)
		}
	}
}

func TestIsToldToWaitOnlyByWhatIsAboutThisClient(t *testing.T) {
	read := failure.OfStatus(failuretest.Status("OVERLOADED", nil, 100*time.Millisecond))
	if read.RetryAfter != 100*time.Millisecond || read.WaitTold() != 0 {
		t.Errorf("Expected to be asked but not told, but got %v and %v", read.RetryAfter, read.WaitTold())
	}
}

func TestJudgesByTheCodeWhereThereIsNoReason(t *testing.T) {
	retryable := map[codes.Code]bool{
		codes.Unavailable: true, codes.Internal: true, codes.Unknown: true, codes.Canceled: true,
		codes.Unimplemented: false, codes.Unauthenticated: false,
	}
	for code, want := range retryable {
		if got := failure.OfCall(status.Error(code, ""), target).Retryable; got != want {
			t.Errorf("Expected %v to be retryable: %v, but got %v", code, want, got)
		}
	}
}

func TestSaysWhereTheCoordinatorWasLookedFor(t *testing.T) {
	tests := map[string]string{
		"no route": "UNAVAILABLE: Expected to reach the coordinator at db:7400, but got: no route",
		`connection error: desc = "transport: Error while dialing: dial tcp 10.0.0.1:7400: connect: refused"`: "UNAVAILABLE: " +
			"Expected to reach the coordinator at db:7400, but got: dial tcp 10.0.0.1:7400: connect: refused",
		"": "UNAVAILABLE: the call ended without a message",
	}
	for message, want := range tests {
		if got := failure.OfCall(status.Error(codes.Unavailable, message), target).String(); got != want {
			t.Errorf("Expected %q, but got %q", want, got)
		}
	}
}

func TestJudgesByTheCodeWhereTheReasonIsUnknownOrSomebodyElses(t *testing.T) {
	made := failuretest.Status("NEVERHEARD", nil, 0)
	made.Code = int32(codes.Unavailable)
	info := &errdetails.ErrorInfo{Reason: "STALE_TERM", Domain: "example.com"}
	foreign := &spb.Status{Code: int32(codes.Unavailable), Details: []*anypb.Any{failuretest.Packed(info)}}
	for _, of := range []*spb.Status{made, foreign} {
		read := failure.OfStatus(of)
		if read.Reason != failure.Unspecified || read.Name() != "UNAVAILABLE" || !read.Retryable || read.Action != "" {
			t.Errorf("Expected the code to decide, but got %+v", read)
		}
	}
}

func TestKeepsCodeAndMessageWhereADetailDoesNotParse(t *testing.T) {
	made := failuretest.Status("OVERLOADED", nil, 0)
	made.Details[0].Value = []byte{0xff, 0xff, 0xff}
	if read := failure.OfStatus(made); read.Reason != failure.Unspecified || read.Code != codes.Unavailable || read.Message == "" {
		t.Errorf("Expected code and message, but got %+v", read)
	}
}

func TestTakesACodeItDoesNotKnowForUnknown(t *testing.T) {
	if read := failure.OfStatus(&spb.Status{Code: 99}); read.Code != codes.Unknown || read.Name() != "UNKNOWN" {
		t.Errorf("Expected UNKNOWN, but got %+v", read)
	}
}

func TestSaysOfAnUnknownOutcomeWhatToDo(t *testing.T) {
	got := failure.Local(codes.Canceled, "Expected more").SentBefore().String()
	want := "CANCELLED: Expected more. It had been sent: look in the log whether it was appended."
	if got != want {
		t.Errorf("Expected %q, but got %q", want, got)
	}
}
