package failure

import (
	"errors"
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
)

const target = "db:7400"

func detail(t *testing.T, message proto.Message) *anypb.Any {
	t.Helper()
	packed, err := anypb.New(message)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

func refusal(t *testing.T, reason, domain string, more ...proto.Message) *spb.Status {
	t.Helper()
	made := &spb.Status{
		Code: int32(swarmlogv1.Reasons[reason].Code), Message: "Expected something else, but it is a test.",
	}
	info := &errdetails.ErrorInfo{Reason: reason, Domain: domain, Metadata: map[string]string{"scope": "agent"}}
	made.Details = append(made.Details, detail(t, info))
	for _, each := range more {
		made.Details = append(made.Details, detail(t, each))
	}
	return made
}

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
		read := OfCall(status.FromProto(refusal(t, reason, swarmlogv1.ErrorDomain)).Err(), target)
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
		read := OfStatus(refusal(t, RateLimited, swarmlogv1.ErrorDomain, &errdetails.RetryInfo{RetryDelay: delay}))
		if read.RetryAfter != test.want || read.WaitTold() != test.want {
			t.Errorf("Expected %v of %d s %d ns, but got %v", test.want, test.seconds, test.nanos, read.RetryAfter)
		}
	}
}

func TestIsToldToWaitOnlyByWhatIsAboutThisClient(t *testing.T) {
	delay := &errdetails.RetryInfo{RetryDelay: durationpb.New(100 * time.Millisecond)}
	read := OfStatus(refusal(t, "OVERLOADED", swarmlogv1.ErrorDomain, delay))
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
		if got := OfCall(status.Error(code, ""), target).Retryable; got != want {
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
		if got := OfCall(status.Error(codes.Unavailable, message), target).String(); got != want {
			t.Errorf("Expected %q, but got %q", want, got)
		}
	}
}

func TestJudgesByTheCodeWhereTheReasonIsUnknownOrSomebodyElses(t *testing.T) {
	made := refusal(t, "NEVERHEARD", swarmlogv1.ErrorDomain)
	made.Code = int32(codes.Unavailable)
	foreign := refusal(t, "STALE_TERM", "example.com")
	foreign.Code = int32(codes.Unavailable)
	for _, of := range []*spb.Status{made, foreign} {
		read := OfStatus(of)
		if read.Reason != Unspecified || read.Name() != "UNAVAILABLE" || !read.Retryable || read.Action != "" {
			t.Errorf("Expected the code to decide, but got %+v", read)
		}
	}
}

func TestKeepsCodeAndMessageWhereADetailDoesNotParse(t *testing.T) {
	made := refusal(t, "OVERLOADED", swarmlogv1.ErrorDomain)
	made.Details[0].Value = []byte{0xff, 0xff, 0xff}
	if read := OfStatus(made); read.Reason != Unspecified || read.Code != codes.Unavailable || read.Message == "" {
		t.Errorf("Expected code and message, but got %+v", read)
	}
}

func TestTakesACodeItDoesNotKnowForUnknown(t *testing.T) {
	if read := OfStatus(&spb.Status{Code: 99}); read.Code != codes.Unknown || read.Name() != "UNKNOWN" {
		t.Errorf("Expected UNKNOWN, but got %+v", read)
	}
}

func TestSaysOfAnUnknownOutcomeWhatToDo(t *testing.T) {
	got := Local(codes.Canceled, "Expected more").SentBefore().String()
	want := "CANCELLED: Expected more. It had been sent: look in the log whether it was appended."
	if got != want {
		t.Errorf("Expected %q, but got %q", want, got)
	}
}

func TestLogsOneOfEachCauseAMinute(t *testing.T) {
	var repeated Repeated
	now := time.Unix(0, 0)
	away := OfFailure(Local(codes.Unavailable, "away"))
	if leftOut, log := repeated.Count(away, now); leftOut != 0 || !log {
		t.Error("Expected the first to be logged")
	}
	for range 3 {
		if _, log := repeated.Count(away, now.Add(59*time.Second)); log {
			t.Error("Expected no other within a minute")
		}
	}
	if _, log := repeated.Count(OfFailure(LocalTerminal("no", errors.New("why"))), now); !log {
		t.Error("Expected another cause to be logged")
	}
	if leftOut, log := repeated.Count(away, now.Add(time.Minute)); leftOut != 3 || !log {
		t.Errorf("Expected 3 to be left out, but got %d", leftOut)
	}
	for i := range maxCauses {
		repeated.Count(i, now)
	}
	if len(repeated.causes) != maxCauses || len(repeated.order) != maxCauses {
		t.Errorf("Expected %d causes at most, but got %d", maxCauses, len(repeated.causes))
	}
	if leftOut, log := repeated.Count(away, now.Add(time.Minute)); leftOut != 0 || !log {
		t.Error("Expected the first cause to be forgotten")
	}
}
