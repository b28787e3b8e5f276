// Package failuretest makes error statuses as a coordinator writes them.
package failuretest

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/failure"
)

// Status is that of a refusal: of a reason of the contract, with its code; a time to wait, if it is above zero.
func Status(reason string, metadata map[string]string, retryAfter time.Duration) *spb.Status {
	made := &spb.Status{
		Code: int32(swarmlogv1.Reasons[reason].Code), Message: "Expected something else, but it is a test.",
		Details: []*anypb.Any{
			Packed(&errdetails.ErrorInfo{Reason: reason, Domain: swarmlogv1.ErrorDomain, Metadata: metadata}),
		},
	}
	if retryAfter > 0 {
		made.Details = append(made.Details, Packed(&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)}))
	}
	return made
}

// Of is the failure of a bare gRPC code, such as UNAVAILABLE, or of a reason of the contract.
func Of(name string, retryAfter time.Duration) failure.Failure {
	if number, isCode := code.Code_value[name]; isCode {
		return failure.OfCall(status.Error(codes.Code(number), ""), "db:7400")
	}
	return failure.OfStatus(Status(name, nil, retryAfter))
}

// Packed is a detail of a status.
func Packed(detail proto.Message) *anypb.Any {
	made, err := anypb.New(detail)
	if err != nil {
		panic(err)
	}
	return made
}
