package swarmlog

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"swarmlog.dev/go/swarmlogtest"
)

const patience = 60 * time.Second

// patient is a context that ends a test that waits for what does not come.
func patient(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func command(text string) Publication { return Event(TopicCommands, Text("test.Text", text)) }

func route(key, text string) Publication {
	return Keyed(TopicReconciliation, key, Text("test.Route", text))
}

// noted is what a test was told, in order; to be awaited.
type noted[T any] struct {
	mu      sync.Mutex
	all     []T
	changed chan struct{}
}

func newNoted[T any]() *noted[T] { return &noted[T]{changed: make(chan struct{})} }

func (n *noted[T]) add(one T) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, one)
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *noted[T]) list() []T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}

// until returns what there is once that meets a condition.
func (n *noted[T]) until(t testing.TB, met func([]T) bool) []T {
	t.Helper()
	ctx := patient(t)
	for {
		n.mu.Lock()
		all, changed := slices.Clone(n.all), n.changed
		n.mu.Unlock()
		if met(all) {
			return all
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("Expected more to come, but got only %v", all)
		}
	}
}

func (n *noted[T]) untilCount(t testing.TB, count int) []T {
	t.Helper()
	return n.until(t, func(all []T) bool { return len(all) >= count })
}

// note is a handler that adds the text of operations.
func (n *noted[T]) note(of func(Operation) T) Handler {
	return func(_ context.Context, operation Operation) error {
		n.add(of(operation))
		return nil
	}
}

func textOf(operation Operation) string { return operation.Text() }

// agentOn makes an agent "a" that is closed with the test.
func agentOn(t testing.TB, target string, config AgentConfig) *Agent {
	t.Helper()
	agent := newAgentOn(t, target, config)
	t.Cleanup(func() { closeAgent(t, agent) })
	return agent
}

// newAgentOn makes an agent "a" that the test closes itself.
func newAgentOn(t testing.TB, target string, config AgentConfig) *Agent {
	t.Helper()
	config.Target = target
	config.Name = cmp.Or(config.Name, "a")
	config.Logger = cmp.Or(config.Logger, slog.New(slog.DiscardHandler))
	agent, err := NewAgent(config)
	if err != nil {
		t.Fatal(err)
	}
	return agent
}

func closeAgent(t testing.TB, agent *Agent) {
	t.Helper()
	if err := agent.Close(); err != nil {
		t.Errorf("Expected the agent to close, but: %v", err)
	}
}

func start(t testing.TB, agent *Agent) {
	t.Helper()
	if err := agent.Start(patient(t)); err != nil {
		t.Fatal(err)
	}
}

func startLive(t testing.TB, agent *Agent) {
	t.Helper()
	start(t, agent)
	if err := agent.CaughtUp(patient(t)); err != nil {
		t.Fatal(err)
	}
}

// publishAll publishes one after the other, and waits for each.
func publishAll(t testing.TB, publisher *Publisher, publications ...Publication) {
	t.Helper()
	for _, publication := range publications {
		if _, err := publisher.Publish(patient(t), publication); err != nil {
			t.Fatal(err)
		}
	}
}

// publisherOn makes a publisher "p" that is closed with the test.
func publisherOn(t testing.TB, target, swarm string) *Publisher {
	t.Helper()
	publisher, err := NewPublisher(PublisherConfig{Target: target, Swarm: swarm, Name: "p"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := publisher.Close(); err != nil {
			t.Errorf("Expected the publisher to close, but: %v", err)
		}
	})
	return publisher
}

// swarmOn is the target of the coordinator of all tests of this package, and a swarm of the test's own.
func swarmOn(t testing.TB) (target, swarm string) {
	t.Helper()
	return sharedCoordinator(t).Target(), swarmlogtest.Swarm(t)
}
