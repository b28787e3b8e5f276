package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"

	"swarmlog.dev/go"
	"swarmlog.dev/go/conformance/testeepb"
	"swarmlog.dev/go/internal/tracing"
)

var decisions = map[testeepb.HandlerFailure_Decision]swarmlog.Decision{
	testeepb.HandlerFailure_DECISION_UNSPECIFIED: swarmlog.RetryAtOnce,
	testeepb.HandlerFailure_DECISION_RETRY:       swarmlog.Retry,
	testeepb.HandlerFailure_DECISION_RETRY_LATER: swarmlog.RetryLater,
	testeepb.HandlerFailure_DECISION_PARK:        swarmlog.Park,
	testeepb.HandlerFailure_DECISION_SKIP:        swarmlog.Skip,
	testeepb.HandlerFailure_DECISION_STOP:        swarmlog.Stop,
}

// testedAgent is an agent whose handlers are the suite.
type testedAgent struct {
	settings   *testeepb.StartAgent
	suite      *suite
	connection *swarmlog.Connection
	agent      *swarmlog.Agent
}

// newTestedAgent makes it; an error if the SDK refuses the settings.
func newTestedAgent(settings *testeepb.StartAgent, suite *suite) (*testedAgent, error) {
	connection, err := connect(settings.GetTarget(), settings.RandomFraction)
	if err != nil {
		return nil, err
	}
	tested := &testedAgent{settings: settings, suite: suite, connection: connection}
	config := swarmlog.AgentConfig{
		Connection: connection, Swarm: settings.GetSwarm(), Name: settings.GetName(), Roles: settings.GetRoles(),
		FailurePolicy: decide, Listener: tested.listener(), TracerProvider: tracerProvider(settings.GetTraced()),
	}
	if len(settings.GetView().GetScopes()) > 0 {
		config.View = settings.GetView()
	}
	if settings.GetHandlers() == testeepb.Handlers_HANDLERS_TRANSACTION {
		config.Effects = &testedStore{directory: settings.GetDirectory(), effects: tested.handleBatch}
	} else if settings.GetCursorStore() == testeepb.CursorStore_CURSOR_STORE_DISK {
		config.CursorStore = swarmlog.NewFileCursorStore(settings.GetDirectory())
	}
	if err == nil {
		tested.agent, err = swarmlog.NewAgent(config)
	}
	if err == nil {
		err = tested.addHandlers()
	}
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return tested, nil
}

// start starts it.
func (t *testedAgent) start() error {
	err := t.agent.Start(context.Background())
	if err != nil {
		err = errors.Join(err, t.connection.Close())
	}
	return err
}

// close closes it as a user does: it waits for handlers.
func (t *testedAgent) close() error {
	return errors.Join(t.agent.Close(), t.connection.Close())
}

func (t *testedAgent) addHandlers() error {
	switch t.settings.GetHandlers() {
	case testeepb.Handlers_HANDLERS_OPERATION:
		topics := map[swarmlog.Topic]bool{}
		for _, scope := range t.settings.GetView().GetScopes() {
			topics[swarmlog.Topic(scope.GetTopic())] = true
		}
		if len(topics) == 0 {
			topics = map[swarmlog.Topic]bool{
				swarmlog.TopicControl: true, swarmlog.TopicCommands: true, swarmlog.TopicReconciliation: true,
				swarmlog.TopicAlerts: true,
			}
		}
		for topic := range topics {
			t.agent.HandleTopic(topic, t.handle)
		}
	case testeepb.Handlers_HANDLERS_BATCH:
		t.agent.HandleBatches(t.handleBatch)
	case testeepb.Handlers_HANDLERS_TRANSACTION:
	default:
		return fmt.Errorf("expected to be told how operations are applied, but handlers is %v", t.settings.GetHandlers())
	}
	return nil
}

func (t *testedAgent) handle(ctx context.Context, operation swarmlog.Operation) error {
	call := t.call(ctx)
	call.Log = operation.Topic().Log().Wire()
	call.Operations = []*swarmlogv1.Operation{operation.Message()}
	return t.suite.handle(ctx, call)
}

func (t *testedAgent) handleBatch(ctx context.Context, batch swarmlog.Batch) error {
	call := t.call(ctx)
	call.Log = batch.Log.Wire()
	for _, operation := range batch.Operations {
		call.Operations = append(call.Operations, operation.Message())
	}
	call.To = batch.To
	call.Repair = batch.Repair
	return t.suite.handle(ctx, call)
}

func (t *testedAgent) call(ctx context.Context) *testeepb.Handle {
	call := &testeepb.Handle{Agent: t.settings.GetAgent()}
	if t.settings.GetTraced() {
		call.Traceparent = tracing.TextOf(ctx).Traceparent
	}
	return call
}

// decide treats each failure as the suite says with it.
func decide(failed swarmlog.HandlerFailure) swarmlog.Decision {
	var wanted *notHandled
	if errors.As(failed.Err, &wanted) {
		return decisions[wanted.decision]
	}
	return swarmlog.RetryAtOnce
}

// listener tells the suite what an agent tells its listener.
func (t *testedAgent) listener() swarmlog.AgentListener {
	return swarmlog.AgentListener{
		Connected: func(sessionID string, _ []*swarmlogv1.LogPlan) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Connected{
				Connected: &testeepb.Connected{SessionId: sessionID},
			}})
		},
		Disconnected: func(why *swarmlog.Error, retryIn time.Duration) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Disconnected{
				Disconnected: &testeepb.Disconnected{Why: failureFrom(why), RetryInNs: uint64(retryIn)},
			}})
		},
		Refused: func(why *swarmlog.Error) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Refused{Refused: failureFrom(why)}})
		},
		CaughtUp: func(position *swarmlogv1.Position, _, _ int) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_CaughtUp{CaughtUp: position}})
		},
		Synced: t.synced,
		Lost: func(log swarmlog.Log, lost []*swarmlogv1.LostEvents) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Lost{Lost: &testeepb.Lost{Log: log.Wire(), Lost: lost}}})
		},
		Drifted: func(repair swarmlog.RepairReport) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Drifted{Drifted: &testeepb.Drifted{
				Scope: repair.Scope.Message(), Keys: repair.Keys, EventsDiffered: repair.Events,
			}}})
		},
		Draining: func(reason string) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Draining{Draining: &testeepb.Draining{Reason: reason}}})
		},
		NackAnswered: func(reply *swarmlogv1.NackReply) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_NackAnswered{NackAnswered: reply}})
		},
		TelemetryDropped: func(count uint64) {
			t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_TelemetryDropped{TelemetryDropped: count}})
		},
	}
}

func (t *testedAgent) synced(report swarmlog.SyncReport) {
	t.tell(&testeepb.AgentEvent{Event: &testeepb.AgentEvent_Synced{Synced: &testeepb.SyncReport{
		Log: report.Log.Wire(), TargetOpId: report.Target.GetOpId(), Exact: report.Exact,
		ReceivedCount: uint64(report.Received), PagedCount: uint64(report.Paged), RedundantCount: uint64(report.Redundant),
		Agrees: len(report.Mismatches) == 0,
	}}})
}

func (t *testedAgent) tell(event *testeepb.AgentEvent) {
	event.Agent = t.settings.GetAgent()
	t.suite.send(&testeepb.Response{Response: &testeepb.Response_Event{Event: event}})
}
