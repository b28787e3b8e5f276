package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/backoff"
	"swarmlog.dev/go/internal/handling"
	"swarmlog.dev/go/internal/session"
	"swarmlog.dev/go/internal/tracing"
)

const (
	// What is left to a handler whose context is done, and to a store that is being closed.
	abortTimeout      = time.Second
	agentCapabilities = uint64(swarmlogv1.Capability_CAPABILITY_SYNC | swarmlogv1.Capability_CAPABILITY_DRIFT |
		swarmlogv1.Capability_CAPABILITY_NACK)
)

// Agent follows its view of a swarm's log, applies every operation in order, and keeps its cursor: at least once each, exactly
// once with an EffectStore. It reconnects for ever.
//
//	agent, err := swarmlog.NewAgent(swarmlog.AgentConfig{Target: "localhost:7400", Swarm: "hello", Name: "agent-1"})
//	if err != nil {
//		return err
//	}
//	agent.Handle(swarmlog.TopicCommands, "hello.Greeting", func(ctx context.Context, operation swarmlog.Operation) error {
//		fmt.Println(operation.Text())
//		return nil
//	})
//	return agent.Run(ctx)
//
// Handlers are called on goroutines of the agent's: one call at a time per lane (control, main, telemetry), lanes beside each
// other, so a slow command holds up neither control operations nor heartbeats. While a batch is being applied no further one
// is read, and the coordinator feels a closed window. Handlers may publish.
//
// Safe for concurrent use. It is used once: an agent that was closed is not started again.
type Agent struct {
	config         AgentConfig
	connection     *Connection
	ownsConnection bool
	monitor        *agentMonitor
	pulled         chan pulledOperation

	mu sync.Mutex
	// What it does with operations; not changed any more once it is started.
	handlers   handling.Table[Handler]
	batches    BatchHandler
	pulls      bool
	undeclared error
	started    bool
	publisher  *Publisher
	cursor     *committedCursor
	shell      *agentShell
	closing    bool
	// Closed when closing is over; then `fault` is set.
	closed chan struct{}
	fault  error
}

// inHandlerOf is the key by which contexts of handlers know their agent.
type inHandlerOf struct{ agent *Agent }

// NewAgent makes an agent, which is not started yet: handlers come first. An error, if something of the configuration is
// missing, or contradicts something else.
func NewAgent(config AgentConfig) (*Agent, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	connection, owns, err := connectionOf(config.Connection, config.Target, config.Security)
	if err != nil {
		return nil, err
	}
	config.withDefaults()
	log := newAgentLog(config.Logger, config.Swarm, config.Name, connection.Target())
	return &Agent{
		config: config, connection: connection, ownsConnection: owns, monitor: newAgentMonitor(log, config.Listener),
		pulled: make(chan pulledOperation), closed: make(chan struct{}),
	}, nil
}

// Run starts the agent and returns when it is stopped. When ctx is done, it stops reading, lets the batches in handlers
// finish, for 10 s at most, acknowledges them, and returns nil; so it does after Close. An error wraps ErrTerminal if the
// agent was refused for good, and ErrCursorStore if its cursor cannot be read.
func (a *Agent) Run(ctx context.Context) error {
	if err := a.Start(ctx); err != nil {
		return err
	}
	_, _ = a.monitor.until(ctx, AgentState.IsFinal)
	closing := a.Close()
	if refusal := a.monitor.refusedWith(); refusal != nil {
		return refusal
	}
	return closing
}

// Start reads the cursor and connects; it does not wait for the coordinator. ctx is for reading the cursor; handlers get its
// values, and not its end. An error says what is wrong with the handlers, or wraps ErrCursorStore if the cursor cannot be
// read, or is another agent's; the agent is closed then.
func (a *Agent) Start(ctx context.Context) error {
	if err := a.begin(); err != nil {
		return err
	}
	err := a.start(ctx)
	if err == nil {
		return nil
	}
	a.mu.Lock()
	closedMeanwhile := a.closing
	a.mu.Unlock()
	err = errors.Join(err, a.Close())
	if closedMeanwhile {
		// The store may have been opened after it was closed.
		a.closeStore()
	}
	return err
}

// begin has handlers declared no more.
func (a *Agent) begin() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closing {
		return fmt.Errorf("expected an agent that was not started yet, but '%s' was closed: an agent is used once: %w",
			a.config.Name, ErrClosed)
	}
	if a.started {
		return fmt.Errorf("expected an agent that was not started yet, but '%s' was: an agent is used once, by one of Start, "+
			"Run and Operations", a.config.Name)
	}
	if a.undeclared != nil {
		return a.undeclared
	}
	if err := a.checkWays(); err != nil {
		return err
	}
	if a.pulls {
		a.handlePulled()
	}
	a.started = true
	return nil
}

// checkWays expects one way to apply operations. The lock is held.
func (a *Agent) checkWays() error {
	ways := 0
	for _, set := range []bool{!a.handlers.IsEmpty(), a.batches != nil, a.config.Effects != nil, a.pulls} {
		if set {
			ways++
		}
	}
	switch ways {
	case 1:
		return nil
	case 0:
		return errors.New("expected either handlers of operations, or one of batches, or effects, but none is set: say by " +
			"Handle what the agent does")
	default:
		return fmt.Errorf("expected either handlers of operations, or one of batches, or effects, but %d of these are set: "+
			"keep one", ways)
	}
}

func (a *Agent) start(ctx context.Context) error {
	view := a.declaredView()
	logs := logsOf(view)
	source, stateInterval := a.config.stateSource()
	cursor, ledgers, err := a.readStore(ctx, logs, source)
	if err != nil {
		return err
	}
	inside := context.WithValue(context.WithoutCancel(ctx), inHandlerOf{a}, true)
	// Traces begin with what was published, or by themselves.
	inside = trace.ContextWithSpanContext(inside, trace.SpanContext{})
	traces := a.tracing()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closing {
		return closedError("the agent")
	}
	a.cursor = cursor
	a.shell = newAgentShell(inside, a.connection, newSyncSpans(traces))
	var lanes []session.LaneStored
	for _, log := range logs {
		lanes = append(lanes, session.LaneStored{
			Log: log, Resume: cursor.current().resume(log), LacksKeys: ledgers[log].LacksKeys(),
		})
		a.shell.handlers[log] = a.laneHandler(log, ledgers[log], traces)
	}
	a.shell.session = session.New(session.Settings{
		Identity: a.identity(view), Lanes: lanes, Output: a.shell, Listener: a.monitor,
		Backoffs:      func() *backoff.Backoff { return backoff.New(&a.connection.random) },
		StateInterval: stateInterval,
	})
	a.shell.start()
	return nil
}

// Publisher is one under the agent's name, over its connection; closed with the agent. It tells the agent's listener. It may be
// used before the agent is started.
func (a *Agent) Publisher() *Publisher {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.publisher == nil {
		made, err := NewPublisher(PublisherConfig{
			Connection: a.connection, Swarm: a.config.Swarm, Name: a.config.Name,
			Listener: a.monitor.publisherChanged, PublishedLost: a.monitor.publishedLost,
			Logger: a.config.Logger, TracerProvider: a.config.TracerProvider, MeterProvider: a.config.MeterProvider,
		})
		if err != nil {
			panic(fmt.Sprintf("Expected what makes an agent to make its publisher, but: %v", err))
		}
		a.publisher = made
		if a.closing {
			// Nobody else would.
			_ = made.Close()
		}
	}
	return a.publisher
}

// CaughtUp returns when every lane has caught up. An error wraps that of ctx, ErrTerminal if the agent was refused for good,
// or ErrClosed.
func (a *Agent) CaughtUp(ctx context.Context) error {
	state, err := a.monitor.until(ctx, func(now AgentState) bool { return now == AgentLive || now.IsFinal() })
	switch {
	case err != nil:
		return fmt.Errorf("expected agent '%s' to catch up, but it is %v: %w", a.config.Name, state, err)
	case state == AgentLive:
		return nil
	}
	if refusal := a.monitor.refusedWith(); refusal != nil {
		return refusal
	}
	return closedError("the agent")
}

// State is what the agent is doing.
func (a *Agent) State() AgentState { return a.monitor.current() }

// Position is the last position of a log that is applied and committed, not to be changed; nil if there is none.
func (a *Agent) Position(log Log) *swarmlogv1.Position {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cursor == nil {
		return nil
	}
	return a.cursor.current().Position(log)
}

// ClockOffset is how far the coordinator's clock is ahead; false before a heartbeat was answered.
func (a *Agent) ClockOffset() (ClockOffset, bool) {
	a.mu.Lock()
	shell := a.shell
	a.mu.Unlock()
	if shell == nil {
		return ClockOffset{}, false
	}
	return shell.clockOffset()
}

func (a *Agent) laneHandler(log Log, ledger *session.Ledger, traces *agentTracing) *laneHandler {
	watch := newRunWatch()
	return &laneHandler{
		log: log, ledger: ledger, application: a.application(watch), policy: a.config.FailurePolicy,
		retryLater: a.config.RetryLater, random: &a.connection.random, watch: watch, answers: a.shell, monitor: a.monitor,
		handlerLog: newHandlerLog(a.config.Logger, a.config.Swarm, a.config.Name, log), tracing: traces,
		atOnce: backoff.OfHandlers(), wake: make(chan struct{}, 1),
	}
}

func (a *Agent) application(watch *runWatch) application {
	switch {
	case a.config.Effects != nil:
		return &withEffects{a.config.Effects, a.cursor, watch}
	case a.batches != nil:
		return &byBatch{a.batches, a.cursor, a.config.CursorStore, watch}
	default:
		return &byOperation{&a.handlers, a.cursor, a.config.CursorStore, watch}
	}
}

func (a *Agent) tracing() *agentTracing {
	tracers, meters := a.config.TracerProvider, a.config.MeterProvider
	return &agentTracing{
		agent: a.config.Name, records: recordsSomewhere(tracers, meters),
		instruments: tracing.New(tracing.Settings{
			Swarm: a.config.Swarm, Client: a.config.Name, Version: Version(), Tracers: tracers, Meters: meters,
			Log: a.config.Logger,
		}),
	}
}

func (a *Agent) identity(view *swarmlogv1.View) *swarmlogv1.Hello {
	return &swarmlogv1.Hello{
		ProtocolMin: swarmlogv1.ProtocolMin, ProtocolMax: swarmlogv1.ProtocolMax, Capabilities: agentCapabilities,
		Swarm: a.config.Swarm, Agent: a.config.Name, Instance: a.config.Instance, Roles: a.config.Roles, View: view,
		HighestTerm: a.cursor.current().HighestTerm(), Sdk: "go/" + Version(),
	}
}

// logsOf are the logs of a view, in the order of their first scopes.
func logsOf(view *swarmlogv1.View) []Log {
	var logs []Log
	for _, scope := range view.GetScopes() {
		if log := Topic(scope.GetTopic()).Log(); !slices.Contains(logs, log) {
			logs = append(logs, log)
		}
	}
	return logs
}

func sortedTopics(topics []Topic) []Topic {
	return slices.Compact(slices.Sorted(slices.Values(topics)))
}
