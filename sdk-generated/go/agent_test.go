package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/wrapperspb"

	"swarmlog.dev/go/swarmlogtest"
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

func TestHandsOverGroupsInOneBatch(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	got := newNoted[string]()
	agent := agentOn(t, target, AgentConfig{Swarm: swarm})
	agent.HandleBatches(func(_ context.Context, batch Batch) error {
		for _, group := range batch.Groups() {
			text := ""
			for _, operation := range group {
				text += operation.Text()
			}
			got.add(text)
		}
		return nil
	})
	startLive(t, agent)
	// when
	for _, group := range [][]Publication{{command("a"), command("b"), command("c")}, {command("d"), command("e")}} {
		if _, err := agent.Publisher().PublishGroup(patient(t), group...); err != nil {
			t.Fatal(err)
		}
	}
	// then
	if groups := got.untilCount(t, 2); !slices.Equal(groups, []string{"abc", "de"}) {
		t.Errorf("Expected whole groups, but got %v", groups)
	}
}

func TestGoesOnWhereItWas(t *testing.T) {
	target, swarm := swarmOn(t)
	directory := t.TempDir()
	publisher := publisherOn(t, target, swarm)
	got := newNoted[string]()
	for run := range 3 {
		// given
		publishAll(t, publisher, command(fmt.Sprintf("command %d", run)), route("k", fmt.Sprint(run)))
		reports := newNoted[SyncReport]()
		agent := agentOn(t, target, AgentConfig{
			Swarm: swarm, CursorStore: NewFileCursorStore(directory), Listener: AgentListener{Synced: reports.add},
		})
		agent.HandleTopic(TopicCommands, got.note(textOf))
		agent.HandleTopic(TopicReconciliation, got.note(textOf))
		// when
		startLive(t, agent)
		closeAgent(t, agent)
		// then
		report := reports.untilCount(t, 1)[0]
		if len(report.Mismatches) > 0 || !report.Exact || report.Redundant > 0 || report.Received != 2 {
			t.Errorf("Expected an exact sync of two operations, but got %v", report)
		}
	}
	want := []string{"command 0", "0", "command 1", "1", "command 2", "2"}
	if texts := got.list(); !slices.Equal(texts, want) {
		t.Errorf("Expected each operation once, but got %v", texts)
	}
}

func TestComesBackWhenTheCoordinatorWasKilled(t *testing.T) {
	// given
	coordinator, swarm := swarmlogtest.Start(t), swarmlogtest.Swarm(t)
	got, disconnected := newNoted[string](), newNoted[error]()
	agent := agentOn(t, coordinator.Target(), AgentConfig{Swarm: swarm, Listener: AgentListener{
		Disconnected: func(why *Error, _ time.Duration) { disconnected.add(why) },
	}})
	agent.HandleTopic(TopicCommands, got.note(textOf))
	startLive(t, agent)
	publishAll(t, agent.Publisher(), command("before"))
	got.untilCount(t, 1)
	// when
	if err := coordinator.Kill(); err != nil {
		t.Fatal(err)
	}
	if why := disconnected.untilCount(t, 1)[0]; !errors.Is(why, ErrRetryable) {
		t.Errorf("Expected an error worth another try, but got %v", why)
	}
	later, err := agent.Publisher().Submit(patient(t), command("after"))
	if err != nil {
		t.Fatal(err)
	}
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	// then
	if texts := got.untilCount(t, 2); !slices.Equal(texts, []string{"before", "after"}) {
		t.Errorf("Expected each operation once, but got %v", texts)
	}
	if _, err := later.Wait(patient(t)); err != nil {
		t.Error(err)
	}
}

func TestIsMendedWhenItsStateDrifts(t *testing.T) {
	// given
	coordinator, swarm := swarmlogtest.Start(t, "--in-memory", "--drift-check-interval=100ms"), swarmlogtest.Swarm(t)
	var mu sync.Mutex
	held := map[string]Payload{}
	got, repairs := newNoted[string](), newNoted[RepairReport]()
	agent := agentOn(t, coordinator.Target(), AgentConfig{
		Swarm: swarm, Listener: AgentListener{Drifted: repairs.add}, StateInterval: 100 * time.Millisecond,
		StateOf: func(scope Scope) (iter.Seq2[string, Payload], error) {
			mu.Lock()
			defer mu.Unlock()
			if scope != (Scope{Topic: TopicReconciliation}) {
				return nil, nil
			}
			return maps.All(maps.Clone(held)), nil
		},
	})
	agent.HandleTopic(TopicReconciliation, func(_ context.Context, operation Operation) error {
		if operation.Key() == "" {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		delete(held, operation.Key())
		if !operation.IsDeletion() {
			held[operation.Key()] = operation.Payload()
		}
		got.add(operation.Key())
		return nil
	})
	startLive(t, agent)
	for i := range 50 {
		publishAll(t, agent.Publisher(), route(fmt.Sprintf("k%02d", i), fmt.Sprint(i)))
	}
	got.untilCount(t, 50)
	// when
	mu.Lock()
	held["k07"] = Text("test.Route", "wrong")
	delete(held, "k08")
	mu.Unlock()
	// then
	mended := func(all []RepairReport) []string {
		var keys []string
		for _, repair := range all {
			keys = append(keys, repair.Keys...)
		}
		slices.Sort(keys)
		return slices.Compact(keys)
	}
	repairs.until(t, func(all []RepairReport) bool { return slices.Equal(mended(all), []string{"k07", "k08"}) })
	mu.Lock()
	defer mu.Unlock()
	if len(held) != 50 || held["k07"].Text() != "7" || held["k08"].Text() != "8" {
		t.Errorf("Expected the state to be mended, but there are %d keys, %v and %v", len(held), held["k07"], held["k08"])
	}
}

func TestIsClosedWhenTheLoopEndsItsGoroutine(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("a"))
	agent := newAgentOn(t, target, AgentConfig{Swarm: swarm})
	over := make(chan struct{})
	// when
	go func() {
		defer close(over)
		for range agent.Operations(patient(t)) {
			runtime.Goexit()
		}
	}()
	<-over
	// then
	if state := agent.State(); state != AgentClosed {
		t.Errorf("Expected the agent to be closed, but it is %v", state)
		closeAgent(t, agent)
	}
}

func TestRangesOverOperations(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("a"), command("b"), command("c"))
	directory := t.TempDir()
	take := func(count int) []string {
		agent := newAgentOn(t, target, AgentConfig{Swarm: swarm, CursorStore: NewFileCursorStore(directory)})
		var texts []string
		for operation, err := range agent.Operations(patient(t)) {
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, operation.Text())
			if len(texts) == count {
				break
			}
		}
		return texts
	}
	// when, then: what the loop was left with comes again
	if texts := take(1); !slices.Equal(texts, []string{"a"}) {
		t.Errorf("Expected the first operation, but got %v", texts)
	}
	texts := take(3)
	if !slices.Equal(texts, []string{"a", "b", "c"}) {
		t.Errorf("Expected all operations, as none was committed, but got %v", texts)
	}
}
