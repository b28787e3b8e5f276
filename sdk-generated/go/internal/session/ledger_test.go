package session_test

import (
	"iter"
	"testing"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/names"
	"swarmlog.dev/go/internal/session"
)

// Whatever a user's source does, nothing of the index is lost by it, and the next comparison may succeed.
func TestLeavesTheIndexAsItIsWhereTheSourcePanics(t *testing.T) {
	// given
	panics := true
	source := func(names.Scope) (iter.Seq2[string, *swarmlogv1.Payload], error) {
		return func(yield func(string, *swarmlogv1.Payload) bool) {
			if yield("y", payloadOf("b")) && panics {
				panic("no more")
			}
		}, nil
	}
	scope := scopeOfRole("")
	ledger := session.NewLedger(&swarmlogv1.LogResume{Scopes: []*swarmlogv1.Scope{scope.Message()}}, true, source)
	keyedX := operationOf("1:A:x:a")
	at := &swarmlogv1.LogResume{Position: positionOf("main@1")}
	before := ledger.Prepare(&session.Step{
		Log: names.Main, Resume: at, Content: session.Delivered{Operations: []*swarmlogv1.Operation{keyedX}},
	})
	// when
	compared := &session.Step{Log: names.Main, Resume: at, Content: session.Compared{}}
	failed := ledger.Prepare(compared)
	panics = false
	done := ledger.Prepare(compared)
	// then
	if failed.Unread == nil || sumsText(failed.After.GetSums()) != sumsText(before.After.GetSums()) {
		t.Errorf("Expected nothing to be compared, but got %v and %v", failed.Unread, failed.After)
	}
	if done.Unread != nil || len(done.SavedKeys()) != 2 {
		t.Errorf("Expected x to go and y to come, but got %v and %v", done.Unread, done.SavedKeys())
	}
}

func scopeOfRole(role string) names.Scope { return names.Scope{Topic: names.TopicCommands, Role: role} }
