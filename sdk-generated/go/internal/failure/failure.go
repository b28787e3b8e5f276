// Package failure reads errors, and is the one place that knows which of them are worth another try.
package failure

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// Unspecified is the reason of an error that is not the coordinator's.
const Unspecified = "UNSPECIFIED"

// Reasons that decide what a client does.
const (
	RateLimited     = "RATE_LIMITED"
	BreakerOpen     = "BREAKER_OPEN"
	ProducerFenced  = "PRODUCER_FENCED"
	EpochMismatch   = "EPOCH_MISMATCH"
	OutOfSequence   = "OUT_OF_SEQUENCE"
	RequestTooOld   = "REQUEST_TOO_OLD"
	RequestConflict = "REQUEST_CONFLICT"
	PayloadTooLarge = "PAYLOAD_TOO_LARGE"
)

const (
	longestWait    = swarmlogv1.BackoffLongestToldMs * time.Millisecond
	unknownOutcome = "It had been sent: look in the log whether it was appended."
)

// What gRPC puts around the one thing that says what is wrong.
var dialPreamble = regexp.MustCompile(`^connection error: desc = "(?:transport: )?(?:[Ee]rror while dialing: )?(.*)"$`)

// Failure is an error status, read. Immutable.
type Failure struct {
	// Reason is the coordinator's, such as RATE_LIMITED; Unspecified if it is not its.
	Reason  string
	Code    codes.Code
	Message string
	// Action is what a person can do; empty if nobody said.
	Action string
	// Retryable says whether another try may not meet it.
	Retryable bool
	// Metadata is what the coordinator adds. Not to be changed.
	Metadata map[string]string
	// RetryAfter is the least time to wait that the coordinator asked for: above zero and at most a day, or 0 for none.
	RetryAfter time.Duration
	// Cause is the error it was read from, or nil.
	Cause error
}

// OfCall reads the end of a call to target, the coordinator's address for people to read.
func OfCall(err error, target string) Failure {
	read, ok := status.FromError(err)
	if !ok {
		return Failure{
			Reason: Unspecified, Code: codes.Unknown, Message: err.Error(), Retryable: true, Cause: err,
		}
	}
	message := read.Proto()
	if len(message.GetDetails()) > 0 {
		return ofStatus(message, err)
	}
	return withoutReason(Failure{Code: read.Code(), Message: describe(read.Code(), read.Message(), target), Cause: err})
}

// OfStatus reads a status inside a frame.
func OfStatus(message *spb.Status) Failure { return ofStatus(message, nil) }

// Local makes an error of the SDK's own that is worth another try.
func Local(code codes.Code, message string) Failure {
	return Failure{Reason: Unspecified, Code: code, Message: message, Retryable: true}
}

// LocalTerminal makes an error of the SDK's own that another try would meet again.
func LocalTerminal(message string, cause error) Failure {
	return Failure{Reason: Unspecified, Code: codes.FailedPrecondition, Message: message, Cause: cause}
}

// LocalRefusal makes what the coordinator would refuse for good, known before it is sent.
func LocalRefusal(reason, message string) Failure {
	known := swarmlogv1.Reasons[reason]
	return Failure{Reason: reason, Code: known.Code, Message: message, Action: known.Action}
}

// Name returns the reason, or the code where nobody said why, as gRPC spells it: UNAVAILABLE.
func (f Failure) Name() string {
	if f.Reason != Unspecified {
		return f.Reason
	}
	return codeName(f.Code)
}

// WaitTold returns how long to wait, where the coordinator knows it because its answer is about this client; 0 where it
// does not, or others may have got the same answer.
func (f Failure) WaitTold() time.Duration {
	if f.Reason == RateLimited || f.Reason == BreakerOpen {
		return f.RetryAfter
	}
	return 0
}

// String returns name, message and what to do, for people to read.
func (f Failure) String() string { return f.Name() + ": " + sentences(f.Message, f.Action) }

// SentBefore returns the same of something that had been sent before, so that its outcome is unknown.
func (f Failure) SentBefore() Failure {
	f.Message = sentences(f.Message, unknownOutcome)
	return f
}

func ofStatus(message *spb.Status, cause error) Failure {
	read := Failure{
		Reason: Unspecified, Code: codes.Code(message.GetCode()), Message: message.GetMessage(), Cause: cause,
	}
	if _, known := rpccode.Code_name[message.GetCode()]; !known {
		read.Code = codes.Unknown
	}
	for _, detail := range message.GetDetails() {
		var info errdetails.ErrorInfo
		var retry errdetails.RetryInfo
		var err error
		switch {
		case detail.MessageIs(&info):
			err = detail.UnmarshalTo(&info)
			// Of another domain it is somebody else's, whose words mean something else.
			if err == nil && info.GetDomain() == swarmlogv1.ErrorDomain {
				read.Reason, read.Metadata = strings.ToUpper(info.GetReason()), info.GetMetadata()
			}
		case detail.MessageIs(&retry):
			err = detail.UnmarshalTo(&retry)
			read.RetryAfter = withinADay(retry.GetRetryDelay())
		}
		if err != nil {
			// A detail that does not parse says nothing; code and message remain.
			read.Reason = Unspecified
			break
		}
	}
	// A newer coordinator may have reasons this SDK does not know: the code decides.
	known, ok := swarmlogv1.Reasons[read.Reason]
	if !ok {
		return withoutReason(read)
	}
	read.Action, read.Retryable = known.Action, known.Retry == swarmlogv1.Retry_RETRY_BACKOFF
	return read
}

// withoutReason decides by the code: for errors of gRPC itself and of proxies on the way.
func withoutReason(read Failure) Failure {
	read.Reason = Unspecified
	switch read.Code {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted, codes.Internal,
		codes.Unknown, codes.Canceled:
		read.Retryable = true
	default:
		read.Retryable = false
	}
	return read
}

// withinADay returns 0 where nothing is asked for; more than a day nobody means.
func withinADay(asked *durationpb.Duration) time.Duration {
	if asked.GetSeconds() < 0 {
		return 0
	}
	if asked.GetSeconds() > int64(longestWait/time.Second) {
		return longestWait
	}
	return max(0, min(longestWait, time.Duration(asked.GetSeconds())*time.Second+time.Duration(asked.GetNanos())))
}

// describe adds where the coordinator was looked for: who cannot reach it wants to know that.
func describe(code codes.Code, message, target string) string {
	if message == "" {
		return "the call ended without a message"
	}
	if code == codes.Unavailable {
		why := dialPreamble.ReplaceAllString(message, "$1")
		return fmt.Sprintf("Expected to reach the coordinator at %s, but got: %s%s", target, why, hintOn(why))
	}
	return message
}

// hintOn says what it means where one side has TLS and the other has not, or what answers is something else; the layers below
// do not say that.
func hintOn(why string) string {
	switch {
	case strings.Contains(why, "first record does not look like a TLS handshake"):
		return "; what answers there has no TLS: is it a coordinator without? Then give Plaintext()"
	case strings.Contains(why, "looked like an HTTP/1.1 header"):
		return "; what answers there has no HTTP/2: look at the port"
	case strings.Contains(why, "error reading server preface"):
		return "; if that is so each time, the coordinator may want TLS"
	default:
		return ""
	}
}

func codeName(code codes.Code) string {
	return rpccode.Code(code).String()
}

func sentences(first, second string) string {
	switch {
	case second == "":
		return first
	case strings.HasSuffix(first, "."):
		return first + " " + second
	default:
		return first + ". " + second
	}
}
