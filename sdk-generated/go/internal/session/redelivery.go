package session

import (
	"google.golang.org/protobuf/proto"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
)

// IsRedelivery says whether the operation has come before, under another operation ID.
func IsRedelivery(operation *swarmlogv1.Operation) bool {
	return operation.GetOrigin().GetOperationClass() != swarmlogv1.OperationClass_OPERATION_CLASS_UNSPECIFIED
}

// TriedBefore is how often it was tried before; 0 for an operation that comes for the first time.
func TriedBefore(operation *swarmlogv1.Operation) int {
	return int(operation.GetOrigin().GetAttempt())
}

// restored is a redelivery as the user gets it: in the log it is an event for one agent, here it becomes what the first one
// was.
func restored(operation *swarmlogv1.Operation) *swarmlogv1.Operation {
	first := operation.GetOrigin()
	again := proto.CloneOf(operation)
	again.OperationClass = first.GetOperationClass()
	again.Target = first.GetTarget()
	again.Key = first.GetKey()
	again.Tombstone = first.GetTombstone()
	if again.Tombstone {
		again.ValueDigest = nil
	}
	return again
}
