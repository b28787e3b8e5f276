package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

var errNever = errors.New("never")

func TestHasAnOperationGivenAgain(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	got, failed := newNoted[string](), newNoted[Decision]()
	agent := agentOn(t, target, AgentConfig{
		Swarm: swarm,
		FailurePolicy: func(failure HandlerFailure) Decision {
			if errors.Is(failure.Err, errNever) {
				return Park
			}
			return RetryLater
		},
		RetryLater: func(int) time.Duration { return 50 * time.Millisecond },
		Listener: AgentListener{
			HandlerFailed: func(_ HandlerFailure, decision Decision) { failed.add(decision) },
		},
	})
	agent.HandleTopic(TopicCommands, func(_ context.Context, operation Operation) error {
		again, isAgain := operation.Redelivery()
		switch {
		case operation.Text() == "bad":
			return fmt.Errorf("bad: %w", errNever)
		case operation.Text() == "flaky" && !isAgain:
			panic("not yet")
		case isAgain:
			got.add(fmt.Sprint(operation.Text(), " ", again.FirstOpID))
		default:
			got.add(operation.Text())
		}
		return nil
	})
	startLive(t, agent)
	// when
	publishAll(t, agent.Publisher(), command("bad"), command("flaky"), command("good"))
	// then
	texts := got.untilCount(t, 2)
	slices.Sort(texts) // It comes again after a while, which may be before the last one is published.
	if !slices.Equal(texts, []string{"flaky 2", "good"}) {
		t.Errorf("Expected the flaky one to come again, but got %v", texts)
	}
	if decisions := failed.untilCount(t, 2); !slices.Equal(decisions, []Decision{Park, RetryLater}) {
		t.Errorf("Expected to be told what follows, but got %v", decisions)
	}
}

// unreadable panics when it is read as a nil pointer.
type unreadable struct{ text string }

func (u *unreadable) Error() string { return u.text }

func TestHasAnOperationGivenAgainWhoseErrorIsANilPointer(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	got, failed := newNoted[string](), newNoted[error]()
	agent := agentOn(t, target, AgentConfig{Swarm: swarm, Listener: AgentListener{
		HandlerFailed: func(failure HandlerFailure, _ Decision) { failed.add(failure.Err) },
	}})
	agent.HandleTopic(TopicCommands, func(_ context.Context, operation Operation) error {
		if operation.Text() == "a" {
			var none *unreadable
			return none
		}
		got.add(operation.Text())
		return nil
	})
	startLive(t, agent)
	// when
	publishAll(t, agent.Publisher(), command("a"), command("b"))
	// then
	got.untilCount(t, 1)
	var panicked *PanicError
	if err := failed.untilCount(t, 1)[0]; !errors.As(err, &panicked) {
		t.Errorf("Expected to be told that the error cannot be read, but got %T", err)
	}
}

func TestRetriesAtOnceSkipsAndStops(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("bad"), command("good"))
	failing := func(times int, got *noted[string]) Handler {
		return func(_ context.Context, operation Operation) error {
			if times > 0 && operation.Text() == "bad" {
				times--
				return errNever
			}
			got.add(operation.Text())
			return nil
		}
	}
	stopped, skipped, tried := newNoted[string](), newNoted[string](), newNoted[string]()
	stopping := agentOn(t, target, AgentConfig{Swarm: swarm, Name: "stops", FailurePolicy: StopAfter(1)})
	stopping.HandleTopic(TopicCommands, failing(1, stopped))
	skipping := agentOn(t, target, AgentConfig{Swarm: swarm, Name: "skips", FailurePolicy: SkipAfter(1)})
	skipping.HandleTopic(TopicCommands, failing(1, skipped))
	trying := agentOn(t, target, AgentConfig{Swarm: swarm, Name: "tries"})
	trying.HandleTopic(TopicCommands, failing(2, tried))
	// when
	err := stopping.Run(patient(t))
	start(t, skipping)
	start(t, trying)
	// then
	var why *Error
	if !errors.Is(err, ErrTerminal) || !errors.Is(err, errNever) || !errors.As(err, &why) || stopping.State() != AgentFailed {
		t.Errorf("Expected to be told why it stopped, but got %v, and it is %v", err, stopping.State())
	}
	if texts := skipped.untilCount(t, 1); !slices.Equal(texts, []string{"good"}) {
		t.Errorf("Expected the bad one to be skipped, but got %v", texts)
	}
	if texts := tried.untilCount(t, 2); !slices.Equal(texts, []string{"bad", "good"}) || len(stopped.list()) > 0 {
		t.Errorf("Expected it to be tried at once, in order, but got %v", texts)
	}
}

func TestStopsForGoodWhenANewerOneRuns(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	agents := make([]*Agent, 2)
	ends := make(chan error, 1)
	for i := range agents {
		agents[i] = agentOn(t, target, AgentConfig{Swarm: swarm})
		agents[i].HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	}
	go func() { ends <- agents[0].Run(patient(t)) }()
	if err := agents[0].CaughtUp(patient(t)); err != nil {
		t.Fatal(err)
	}
	// when
	startLive(t, agents[1])
	// then
	var why *Error
	if err := <-ends; !errors.As(err, &why) || why.Reason != "SESSION_SUPERSEDED" || !errors.Is(err, ErrTerminal) {
		t.Errorf("Expected SESSION_SUPERSEDED, but got %v", err)
	}
	if err := agents[0].CaughtUp(patient(t)); !errors.Is(err, ErrTerminal) {
		t.Errorf("Expected to be told that it was refused, but got %v", err)
	}
}

func TestIsEndedByItsHandler(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("the last one"))
	agent := agentOn(t, target, AgentConfig{Swarm: swarm})
	agent.HandleTopic(TopicCommands, func(ctx context.Context, _ Operation) error { return agent.Shutdown(ctx) })
	// when
	if err := agent.Run(patient(t)); err != nil {
		t.Fatal(err)
	}
	// then
	if at := agent.Position(LogMain).GetOpId(); at != 1 {
		t.Errorf("Expected the operation to be committed, but the agent is at %d", at)
	}
}

func TestDrainsWhenItsContextIsDone(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("x"))
	entered, release := make(chan struct{}), make(chan struct{})
	agent := agentOn(t, target, AgentConfig{Swarm: swarm})
	agent.HandleTopic(TopicCommands, func(ctx context.Context, _ Operation) error {
		close(entered)
		<-release
		return ctx.Err()
	})
	ctx, stop := context.WithCancel(patient(t))
	ends := make(chan error, 1)
	go func() { ends <- agent.Run(ctx) }()
	await(t, entered)
	// when
	stop()
	_, _ = agent.monitor.until(patient(t), func(state AgentState) bool { return state == AgentDraining })
	close(release)
	// then
	if err := <-ends; err != nil {
		t.Errorf("Expected to end well, but got %v", err)
	}
	if at := agent.Position(LogMain).GetOpId(); at != 1 {
		t.Errorf("Expected what the handler had to be committed, but the agent is at %d", at)
	}
}

func TestEndsAHandlerThatDoesNotReturn(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("hangs"))
	entered, ended := make(chan struct{}), make(chan struct{})
	store := &MemoryCursorStore{}
	agent := newAgentOn(t, target, AgentConfig{Swarm: swarm, CursorStore: store})
	agent.HandleTopic(TopicCommands, func(ctx context.Context, _ Operation) error {
		close(entered)
		<-ctx.Done()
		close(ended)
		return nil
	})
	start(t, agent)
	await(t, entered)
	// when
	ctx, cancel := context.WithTimeout(patient(t), 100*time.Millisecond)
	defer cancel()
	err := agent.Shutdown(ctx)
	// then
	await(t, ended)
	if !errors.Is(err, context.DeadlineExceeded) || agent.State() != AgentClosed {
		t.Errorf("Expected to be told that it was not waited for, but got %v, and the agent is %v", err, agent.State())
	}
	if cursor, err := store.Load(patient(t)); err != nil || cursor.Position(LogMain).GetOpId() != 0 {
		t.Errorf("Expected nothing to be committed, but got %v, %v", cursor, err)
	}
}

func TestStopsWhenItsStoreFails(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("a"))
	agent := agentOn(t, target, AgentConfig{Swarm: swarm, CursorStore: &fullStore{}})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	// when
	err := agent.Run(patient(t))
	// then
	if !errors.Is(err, ErrTerminal) || !errors.Is(err, ErrCursorStore) || !errors.Is(err, errFull) {
		t.Errorf("Expected to be told what is wrong with the store, but got %v", err)
	}
}

var errFull = errors.New("the disk is full")

type fullStore struct{ MemoryCursorStore }

func (*fullStore) Save(context.Context, Cursor, []HeldKey) error { return errFull }

func TestRefusesACursorThatIsInUse(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	directory := t.TempDir()
	named := func(name string) *Agent {
		agent := agentOn(t, target, AgentConfig{Swarm: swarm, Name: name, CursorStore: NewFileCursorStore(directory)})
		agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
		return agent
	}
	first := named("a")
	startLive(t, first)
	publishAll(t, first.Publisher(), command("a"))
	// when, then
	if err := named("b").Start(patient(t)); !errors.Is(err, ErrCursorStore) {
		t.Errorf("Expected the store to be in use, but got %v", err)
	}
	closeAgent(t, first)
	if err := named("c").Run(patient(t)); !errors.Is(err, ErrCursorStore) {
		t.Errorf("Expected the store to be another agent's, but got %v", err)
	}
}

func TestSaysWhatIsMissing(t *testing.T) {
	if _, err := NewAgent(AgentConfig{Target: "localhost:1", Swarm: "s"}); err == nil {
		t.Error("Expected a name to be asked for")
	}
	if _, err := NewAgent(AgentConfig{Target: "localhost:1", Swarm: "s", Name: "a", Roles: []string{"\xff"}}); err == nil {
		t.Error("Expected a role of UTF-8 to be asked for")
	}
	handler := func(context.Context, Operation) error { return nil }
	tests := map[string]func(*Agent){
		"none":          func(*Agent) {},
		"two of a type": func(a *Agent) { a.Handle(TopicCommands, "t", handler); a.Handle(TopicCommands, "t", handler) },
		"no function":   func(a *Agent) { a.HandleTopic(TopicCommands, nil) },
		"no topic":      func(a *Agent) { a.HandleTopic(Topic(9), handler) },
		"also a batch's": func(a *Agent) {
			a.HandleTopic(TopicCommands, handler)
			a.HandleBatches(func(context.Context, Batch) error { return nil })
		},
	}
	for name, declare := range tests {
		agent := agentOn(t, "localhost:1", AgentConfig{Swarm: "s"})
		declare(agent)
		if err := agent.Run(patient(t)); err == nil {
			t.Errorf("Expected handlers to be refused: %s", name)
		}
	}
}
