package swarmlog

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// recorder notes spans that have ended.
type recorder struct{ *noted[sdktrace.ReadOnlySpan] }

func newRecorder() (*recorder, *sdktrace.TracerProvider) {
	made := &recorder{newNoted[sdktrace.ReadOnlySpan]()}
	return made, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(made))
}

func (*recorder) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (r *recorder) OnEnd(span sdktrace.ReadOnlySpan) { r.add(span) }

func (*recorder) Shutdown(context.Context) error { return nil }

func (*recorder) ForceFlush(context.Context) error { return nil }

func (r *recorder) named(t *testing.T, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	var found sdktrace.ReadOnlySpan
	r.until(t, func(all []sdktrace.ReadOnlySpan) bool {
		for _, span := range all {
			if span.Name() == name {
				found = span
			}
		}
		return found != nil
	})
	return found
}

func spanAttributes(span sdktrace.ReadOnlySpan) map[string]string {
	attributes := map[string]string{}
	for _, each := range span.Attributes() {
		attributes[string(each.Key)] = each.Value.String()
	}
	return attributes
}

func TestAppliesInTheTraceOfThePublish(t *testing.T) {
	target, swarm := swarmOn(t)
	for name, declare := range map[string]func(*Agent, func(context.Context) error){
		"operations": func(agent *Agent, note func(context.Context) error) {
			agent.HandleTopic(TopicCommands, func(ctx context.Context, _ Operation) error { return note(ctx) })
		},
		"batches": func(agent *Agent, note func(context.Context) error) {
			agent.HandleBatches(func(ctx context.Context, batch Batch) error {
				if len(batch.Operations) == 0 {
					return nil
				}
				return note(ctx)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			// given
			recorded, provider := newRecorder()
			agent := agentOn(t, target, AgentConfig{Swarm: swarm + name, TracerProvider: provider})
			current := newNoted[trace.SpanID]()
			declare(agent, func(ctx context.Context) error {
				current.add(trace.SpanContextFromContext(ctx).SpanID())
				return nil
			})
			startLive(t, agent)
			// when
			publishAll(t, agent.Publisher(), command("x"))
			// then
			published, applied := recorded.named(t, "publish commands"), recorded.named(t, "apply commands")
			acked := recorded.named(t, "ack commands")
			if applied.Parent().SpanID() != published.SpanContext().SpanID() ||
				applied.SpanContext().TraceID() != published.SpanContext().TraceID() {
				t.Errorf("Expected to be applied below the publish, but got %v", applied)
			}
			if acked.Parent().SpanID() != applied.SpanContext().SpanID() {
				t.Errorf("Expected to be acknowledged below the apply, but got %v", acked)
			}
			if ids := current.list(); !slices.Equal(ids, []trace.SpanID{applied.SpanContext().SpanID()}) {
				t.Errorf("Expected the handler to run inside the apply, but it was %v", ids)
			}
			if got, want := spanAttributes(applied), appliedAttributes(swarm+name); !maps.Equal(got, want) {
				t.Errorf("Expected attributes %v, but got %v", want, got)
			}
		})
	}
}

func appliedAttributes(swarm string) map[string]string {
	return map[string]string{
		"messaging.system": "swarmlog", "messaging.operation.name": "apply", "messaging.operation.type": "process",
		"messaging.destination.name": swarm + "/commands", "messaging.destination.template": "{swarm}/commands",
		"messaging.client.id": "a", "messaging.message.id": "1", "swarmlog.swarm": swarm, "swarmlog.agent": "a",
		"swarmlog.log": "main", "swarmlog.topic": "commands", "swarmlog.operation.id": "1",
	}
}

func TestRecordsASyncAndAFailure(t *testing.T) {
	// given
	target, swarm := swarmOn(t)
	publishAll(t, publisherOn(t, target, swarm), command("fails"))
	recorded, provider := newRecorder()
	agent := agentOn(t, target, AgentConfig{Swarm: swarm, TracerProvider: provider, FailurePolicy: SkipAfter(1)})
	agent.HandleTopic(TopicCommands, func(context.Context, Operation) error { return errors.New("fails") })
	// when
	start(t, agent)
	synced, failed := recorded.named(t, "sync main"), recorded.named(t, "apply commands")
	// then
	noted := spanAttributes(synced)
	if noted["swarmlog.sync.operations"] != "1" || noted["swarmlog.sync.plan"] != "delta" || noted["swarmlog.sync.bytes"] == "0" ||
		synced.Status().Code != codes.Unset {
		t.Errorf("Expected a sync of one operation by a delta, but got %v", noted)
	}
	if failed.Status().Code != codes.Error || failed.Parent().IsValid() || spanAttributes(failed)["error.type"] == "" {
		t.Errorf("Expected a trace of the failure of its own, but got %v %v", failed.Status(), failed.Parent())
	}
}

func TestLetsTenFailuresASecondThrough(t *testing.T) {
	var bound errorBound
	began := time.Unix(0, 0)
	let := 0
	for i := range 25 {
		if _, take := bound.take(began.Add(time.Duration(i) * time.Millisecond)); take {
			let++
		}
	}
	leftOut, take := bound.take(began.Add(time.Second))
	if let != 10 || leftOut != 15 || !take {
		t.Errorf("Expected 10 to be let through and 15 to be counted, but it was %d and %d", let, leftOut)
	}
}

func TestRecordsNothingUnlessTheApplicationHasSetUpSomething(t *testing.T) {
	_, provider := newRecorder()
	if recordsSomewhere(nil, nil) || !recordsSomewhere(provider, nil) {
		t.Error("Expected to record only where there is a provider")
	}
}
