package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"swarmlog.dev/go/internal/failure"
	"swarmlog.dev/go/internal/tracing"
)

// errorsVector says what an error status means.
func errorsVector(vector struct{ StatusHex string }) (map[string]any, error) {
	why, err := failureOf(vector.StatusHex)
	if err != nil {
		return nil, err
	}
	var retryAfter any
	if why.RetryAfter > 0 {
		retryAfter = why.RetryAfter
	}
	metadata := why.Metadata
	if metadata == nil {
		metadata = map[string]string{}
	}
	return map[string]any{
		"reason": reasonOf(why.Reason), "code": uint32(why.Code), "retryable": why.Retryable,
		"retryAfterNs": retryAfter, "action": why.Action, "metadata": metadata,
	}, nil
}

// traceparentVector reads the trace context that an operation carries.
func traceparentVector(vector struct{ Traceparent, Tracestate string }) (any, error) {
	read := tracing.Text{Traceparent: vector.Traceparent, Tracestate: vector.Tracestate}.SpanContext()
	if !read.IsValid() {
		return nil, nil
	}
	written := tracing.TextOf(trace.ContextWithSpanContext(context.Background(), read))
	return map[string]string{
		"traceId": read.TraceID().String(), "spanId": read.SpanID().String(), "flags": read.TraceFlags().String(),
		"tracestate": written.Tracestate,
	}, nil
}

// int64Vector writes a message as ProtoJSON, and what is serialized from that.
func int64Vector(vector struct{ Message, Hex string }) (map[string]any, error) {
	content, err := hex.DecodeString(vector.Hex)
	if err != nil {
		return nil, fmt.Errorf("expected a message in hex: %w", err)
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(vector.Message))
	if err != nil {
		return nil, fmt.Errorf("expected a message of the contract: %w", err)
	}
	message, again := kind.New().Interface(), kind.New().Interface()
	if err := proto.Unmarshal(content, message); err != nil {
		return nil, fmt.Errorf("expected a %s: %w", vector.Message, err)
	}
	form, err := protojson.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("expected a JSON form of %s: %w", vector.Message, err)
	}
	if err := protojson.Unmarshal(form, again); err != nil {
		return nil, fmt.Errorf("expected to read the JSON form again: %w", err)
	}
	serialized, err := proto.MarshalOptions{Deterministic: true}.Marshal(again)
	return map[string]any{"json": json.RawMessage(form), "hex": hex.EncodeToString(serialized)}, err
}

// reasonOf returns the reason as the suite has it: empty if there is none.
func reasonOf(reason string) string {
	if reason == failure.Unspecified {
		return ""
	}
	return reason
}
