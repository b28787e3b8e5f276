package swarmlog

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
)

// Operation is one operation of the log, as a handler gets it. A small value; safe for concurrent use, and not to be
// changed.
type Operation struct {
	message *swarmlogv1.Operation
}

// Redelivery says of an operation that the agent is given it again, because a handler could not apply it before, or
// because a person has replayed it from where it was parked.
//
// It has an operation ID of its own, which lies above everything applied before it, and is for this agent alone.
// Otherwise handlers get it as they got the first one: class, target, key, deletion and payload are those. Later
// operations may have been applied since, but none on the same key: the coordinator gives a key that was written again
// no more.
type Redelivery struct {
	// FirstOpID is that of the operation as it came first, in the same log.
	FirstOpID uint64
	// TriedBefore says how often it has been tried before this time.
	TriedBefore int
}

// OpID is the operation's place in the log; increasing, not dense for one agent.
func (o Operation) OpID() uint64 { return o.message.GetOpId() }

// Topic is what the operation is about.
func (o Operation) Topic() Topic { return Topic(o.message.GetTopic()) }

// Scope is the operation's topic, and whom it is for.
func (o Operation) Scope() Scope { return names.ScopeOf(o.message) }

// Key is the key that the operation sets or deletes; empty for an event.
func (o Operation) Key() string { return o.message.GetKey() }

// IsDeletion says whether the key is deleted; there is no payload then.
func (o Operation) IsDeletion() bool { return o.message.GetTombstone() }

// Type says what the payload means, such as the full name of a protobuf message.
func (o Operation) Type() string { return o.message.GetPayload().GetType() }

// Payload is what the operation carries. Its data is not to be changed.
func (o Operation) Payload() Payload { return payloadFrom(o.message.GetPayload()) }

// Data is the payload's bytes, not to be changed.
func (o Operation) Data() []byte { return o.message.GetPayload().GetData() }

// Text is the payload as text.
func (o Operation) Text() string { return string(o.Data()) }

// JSON reads the payload into what value points to, as encoding/json does.
func (o Operation) JSON(value any) error { return o.Payload().JSON(value) }

// Unmarshal reads the payload into a protobuf message. An error if it is another one, or none.
func (o Operation) Unmarshal(message proto.Message) error { return o.Payload().Unmarshal(message) }

// Publisher is who published the operation; empty for the coordinator itself.
func (o Operation) Publisher() string { return o.message.GetPublisher() }

// PublishTime is when it was published, by the publisher's clock; zero if that is not known.
func (o Operation) PublishTime() time.Time { return timeOf(o.message.GetPublishTimeUnixNano()) }

// AppendTime is when the coordinator logged it, by its clock.
func (o Operation) AppendTime() time.Time { return timeOf(o.message.GetAppendTimeUnixNano()) }

// Redelivery says that the agent is given the operation again; false for one that comes for the first time.
func (o Operation) Redelivery() (Redelivery, bool) {
	origin := o.message.GetOrigin()
	if origin.GetOperationClass() == swarmlogv1.OperationClass_OPERATION_CLASS_UNSPECIFIED {
		return Redelivery{}, false
	}
	return Redelivery{FirstOpID: origin.GetOpId(), TriedBefore: int(origin.GetAttempt())}, true
}

// Message is all there is of the operation, as the contract has it. Not to be changed.
func (o Operation) Message() *swarmlogv1.Operation { return o.message }

// OperationOf makes an operation of a message, for tests of handlers.
func OperationOf(message *swarmlogv1.Operation) Operation { return Operation{message} }

// String returns the operation as people read it: "operation 3 of commands for all, key 'rack/7', of type t".
func (o Operation) String() string {
	what := fmt.Sprintf("operation %d of %v", o.OpID(), o.Scope())
	if o.Key() != "" {
		what += fmt.Sprintf(", key '%s'", o.Key())
	}
	if o.IsDeletion() {
		return what + ", deleted"
	}
	return what + ", of type " + o.Type()
}

func timeOf(unixNano uint64) time.Time {
	if unixNano == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(unixNano))
}
