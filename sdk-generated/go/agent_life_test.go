package swarmlog

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"swarmlog.dev/go/swarmlogtest"
)

func TestStopsWhenAHandlerEndsItsGoroutine(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("a"))
	agent := agentOn(t, target, AgentConfig{Swarm: swarm})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error {
		runtime.Goexit()
		return nil
	})
	// when
	err := agent.Run(patient(t))
	// then
	if !errors.Is(err, ErrTerminal) || !strings.Contains(err.Error(), "ended its goroutine") {
		t.Errorf("Expected to be told what the handler did, but got %v", err)
	}
	if at := agent.Position(LogMain).GetOpId(); at != 0 {
		t.Errorf("Expected the operation not to be committed, but the agent is at %d", at)
	}
}

func TestSharesAConnection(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	connection, err := NewConnection(target, ConnectionConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	got := newNoted[string]()
	agents := make([]*Agent, 3)
	for i, name := range []string{"a", "b", "c"} {
		made, err := NewAgent(AgentConfig{Connection: connection, Swarm: swarm, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		made.HandleTopic(TopicCommands, got.note(func(operation Operation) string { return name + operation.Text() }))
		t.Cleanup(func() { closeAgent(t, made) })
		startLive(t, made)
		agents[i] = made
	}
	// when: one is closed, and the others go on
	publishAll(t, agents[0].Publisher(), command("1"))
	got.untilCount(t, 3)
	closeAgent(t, agents[0])
	publishAll(t, agents[1].Publisher(), command("2"))
	// then
	texts := got.untilCount(t, 5)
	slices.Sort(texts)
	if want := []string{"a1", "b1", "b2", "c1", "c2"}; !slices.Equal(texts, want) {
		t.Errorf("Expected %v, but got %v", want, texts)
	}
}

func TestIsUsedOnce(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	agent := agentOn(t, target, AgentConfig{Swarm: swarm})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	startLive(t, agent)
	// when, then
	again := agent.Start(patient(t))
	expectText(t, again, "an agent is used once, by one of Start, Run and Operations")
	if errors.Is(again, ErrClosed) {
		t.Errorf("Expected an agent that runs not to be said to be closed, but got %v", again)
	}
	closeAgent(t, agent)
	if err := agent.Start(patient(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected to be told that it is closed, but got %v", err)
	}
	closeAgent(t, agent)
	if err := agent.CaughtUp(patient(t)); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected to be told that it is closed, but got %v", err)
	}
	if _, err := agent.Publisher().Publish(patient(t), command("late")); !errors.Is(err, ErrClosed) {
		t.Errorf("Expected its publisher to be closed, but got %v", err)
	}
}

// slowStore is loaded once it may.
type slowStore struct {
	CursorStore
	loading, mayLoad chan struct{}
}

func (s *slowStore) Load(ctx context.Context) (Cursor, error) {
	close(s.loading)
	<-s.mayLoad
	return s.CursorStore.Load(ctx)
}

func TestLeavesItsStoreFreeWhenClosedWhileItStarts(t *testing.T) {
	// given
	directory := t.TempDir()
	store := &slowStore{NewFileCursorStore(directory), make(chan struct{}), make(chan struct{})}
	agent := newAgentOn(t, nobody, AgentConfig{Swarm: "s", CursorStore: store})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	started := make(chan error)
	go func() { started <- agent.Start(patient(t)) }()
	// when
	<-store.loading
	closeAgent(t, agent)
	close(store.mayLoad)
	// then
	if err := <-started; !errors.Is(err, ErrClosed) {
		t.Errorf("Expected to be told that it was closed, but got %v", err)
	}
	other := NewFileCursorStore(directory)
	if _, err := other.Load(patient(t)); err != nil {
		t.Errorf("Expected the store to be free, but got %v", err)
	}
	_ = other.Close()
}

func TestSaysOnlyWhatIsWrongWithHandlers(t *testing.T) {
	idle := agentOn(t, nobody, AgentConfig{Swarm: "s"})
	expectText(t, idle.Start(patient(t)), "none is set: say by Handle what the agent does")
	wrong := agentOn(t, nobody, AgentConfig{Swarm: "s"})
	wrong.HandleTopic(TopicCommands, nil)
	err := wrong.Start(patient(t))
	expectText(t, err, "expected a function to handle operations of commands")
	if strings.Contains(err.Error(), "either handlers") {
		t.Errorf("Expected nothing about what is not wrong, but got %v", err)
	}
}

// lockedBuffer is what a logger writes to.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(line)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func TestLogsThatItIsNotConnectedOnceAMinuteAndNothingWhileAllIsWell(t *testing.T) {
	// given
	coordinator, swarm := swarmlogtest.Start(t), swarmlogtest.Swarm(t)
	var log lockedBuffer
	states := newNoted[AgentState]()
	agent := agentOn(t, coordinator.Target(), AgentConfig{
		Swarm: swarm, Logger: slog.New(slog.NewTextHandler(&log, nil)), Listener: AgentListener{StateChanged: states.add},
	})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	startLive(t, agent)
	publishAll(t, agent.Publisher(), command("a"))
	if log.String() != "" {
		t.Errorf("Expected nothing to be logged, but got %s", log.String())
	}
	// when
	if err := coordinator.Kill(); err != nil {
		t.Fatal(err)
	}
	tries := func(all []AgentState) (count int) {
		for _, state := range all {
			if state == AgentConnecting {
				count++
			}
		}
		return count
	}
	states.until(t, func(all []AgentState) bool { return tries(all) >= 4 })
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	states.until(t, func(all []AgentState) bool { return tries(all) >= 4 && all[len(all)-1] == AgentLive })
	// then
	closeAgent(t, agent)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	// That the connection broke, that there is nobody, perhaps each in another way; and that it is well again.
	if len(lines) > 4 || !strings.Contains(lines[0], "Not connected") || !strings.Contains(lines[len(lines)-1], "Connected again") {
		t.Errorf("Expected a line when it went and one when it came back, but got %d:\n%s", len(lines), log.String())
	}
}

// askingHandler asks the agent for everything that it may be asked for, whenever a line is logged.
type askingHandler struct {
	lineLog
	asked func()
}

func (h askingHandler) Handle(ctx context.Context, record slog.Record) error {
	h.asked()
	return h.lineLog.Handle(ctx, record)
}

func (h askingHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

func TestMayBeAskedByTheHandlerOfItsLog(t *testing.T) {
	// given: nobody listens, which it logs
	var agent *Agent
	log := askingHandler{newLineLog(), func() {
		agent.State()
		agent.Position(LogMain)
		agent.ClockOffset()
	}}
	agent = agentOn(t, nobody, AgentConfig{Swarm: "s", Logger: slog.New(log)})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	// when
	if err := agent.Start(patient(t)); err != nil {
		t.Fatal(err)
	}
	// then
	log.untilCount(t, 1)
}

func TestTellsALaterStateToAListenerThatEndedItsGoroutine(t *testing.T) {
	// given
	states := newNoted[AgentState]()
	agent := agentOn(t, nobody, AgentConfig{Swarm: "s", Logger: slog.New(slog.DiscardHandler), Listener: AgentListener{
		StateChanged: func(state AgentState) {
			states.add(state)
			runtime.Goexit()
		},
	}})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return nil })
	// when
	if err := agent.Start(patient(t)); err != nil {
		t.Fatal(err)
	}
	closeAgent(t, agent)
	// then
	if all := states.list(); len(all) < 2 || all[len(all)-1] != AgentClosed {
		t.Errorf("Expected to be told of each state, but got %v", all)
	}
}
