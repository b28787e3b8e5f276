package swarmlog

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestGivesOperationsToHandlersByTopicAndType(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	got := newNoted[string]()
	agent := agentOn(t, target, AgentConfig{Swarm: swarm, Roles: []string{"scout"}})
	agent.Handle(TopicCommands, "test.Text", got.note(func(operation Operation) string { return "text " + operation.Text() }))
	On(agent, TopicCommands, func(_ context.Context, _ Operation, message *wrapperspb.StringValue) error {
		got.add("message " + message.GetValue())
		return nil
	})
	agent.HandleTopic(TopicCommands, func(_ context.Context, operation Operation) error {
		var value map[string]int
		err := operation.JSON(&value)
		got.add(fmt.Sprint(operation.Type(), " ", value))
		return err
	})
	agent.Handle(TopicReconciliation, "test.Route", got.note(func(operation Operation) string {
		return operation.Key() + "=" + operation.Text()
	}))
	agent.HandleDeletion(TopicReconciliation, got.note(func(operation Operation) string { return operation.Key() + " is gone" }))
	// when
	startLive(t, agent)
	publishAll(t, agent.Publisher(), command("a"),
		Event(TopicCommands, Protobuf(wrapperspb.String("b"))),
		Event(TopicCommands, JSON("test.Json", map[string]int{"c": 1})),
		route("south", "12 km"), Deletion(TopicReconciliation, "south"),
		command("d").ForRole("scout"), command("no").ForAgent("b"), command("e"))
	// then
	want := []string{"text a", "message b", "test.Json map[c:1]", "south=12 km", "south is gone", "text d", "text e"}
	if texts := got.untilCount(t, len(want)); !slices.Equal(texts, want) {
		t.Errorf("Expected %v, but got %v", want, texts)
	}
	closeAgent(t, agent)
	if agent.State() != AgentClosed || agent.Position(LogMain).GetOpId() != 8 {
		t.Errorf("Expected to be closed at operation 8, but it is %v at %d", agent.State(), agent.Position(LogMain).GetOpId())
	}
}
