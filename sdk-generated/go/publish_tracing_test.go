package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/swarmlogtest"
)

// recorded keeps the spans and figures of a publisher.
type recorded struct {
	*tracetest.SpanRecorder
	tracers *sdktrace.TracerProvider
	reader  *sdkmetric.ManualReader
	meters  *sdkmetric.MeterProvider
}

func record() *recorded {
	spans, reader := tracetest.NewSpanRecorder(), sdkmetric.NewManualReader()
	return &recorded{
		spans, sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), reader,
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
	}
}

func (r *recorded) publisher(t *testing.T, target, swarm string, maxGroups int) *Publisher {
	t.Helper()
	publisher, err := NewPublisher(PublisherConfig{
		Target: target, Swarm: swarm, Name: "p", TracerProvider: r.tracers, MeterProvider: r.meters,
		MaxQueuedGroups: maxGroups,
	})
	if err != nil {
		t.Fatal(err)
	}
	return publisher
}

func attributesOf(of []attribute.KeyValue) string {
	var all []string
	for _, each := range of {
		all = append(all, fmt.Sprintf("%s=%v", each.Key, each.Value.AsInterface()))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func traceparentOf(of trace.SpanContext) string {
	return fmt.Sprintf("00-%s-%s-%s", of.TraceID(), of.SpanID(), of.TraceFlags())
}

func closed(t *testing.T, publisher *Publisher) {
	t.Helper()
	if err := publisher.Close(); err != nil {
		t.Error(err)
	}
}

func TestRecordsAPublicationFromTheCallToItsAnswer(t *testing.T) {
	target, swarm := swarmOn(t)
	recorded := record()
	publisher := recorded.publisher(t, target, swarm, 100)
	ctx, plan := recorded.tracers.Tracer("test").Start(patient(t), "plan")
	if _, err := publisher.Publish(ctx, command("a")); err != nil {
		t.Fatal(err)
	}
	plan.End()
	closed(t, publisher)
	span := recorded.Ended()[0]
	if span.Name() != "publish commands" || span.SpanKind() != trace.SpanKindProducer ||
		span.Parent().SpanID() != plan.SpanContext().SpanID() {
		t.Errorf("Expected a producer span below that of the caller, but got %v", span)
	}
	want := "messaging.client.id=p messaging.destination.name=" + swarm + "/commands " +
		"messaging.destination.template={swarm}/commands messaging.message.id=1 messaging.operation.name=publish " +
		"messaging.operation.type=send messaging.system=swarmlog swarmlog.log=main swarmlog.operation.id=1 swarmlog.swarm=" +
		swarm + " swarmlog.topic=commands"
	if got := attributesOf(span.Attributes()); got != want {
		t.Errorf("Expected\n%s, but got\n%s", want, got)
	}
	if events := span.Events(); len(events) != 1 || attributesOf(events[0].Attributes) != "swarmlog.attempt=1" {
		t.Errorf("Expected one attempt, but got %v", events)
	}
	if got := mainOf(t, target, swarm)[0].GetTraceparent(); got != traceparentOf(span.SpanContext()) {
		t.Errorf("Expected the context of the span in the operation, but got %s", got)
	}
}

func TestRecordsAGroupAsOneSpanThatAllItsOperationsCarry(t *testing.T) {
	target, swarm := swarmOn(t)
	recorded := record()
	publisher := recorded.publisher(t, target, swarm, 100)
	if _, err := publisher.PublishGroup(patient(t), command("a"), Event(TopicAlerts, Text("t", "b"))); err != nil {
		t.Fatal(err)
	}
	closed(t, publisher)
	span := recorded.Ended()[0]
	got := attributesOf(span.Attributes())
	if span.Name() != "publish main" || !strings.Contains(got, "messaging.batch.message_count=2") ||
		!strings.Contains(got, "swarmlog.operation.last_id=2") || strings.Contains(got, "swarmlog.topic") {
		t.Errorf("Expected one span of the group, but got %s with %s", span.Name(), got)
	}
	for _, operation := range mainOf(t, target, swarm) {
		if operation.GetTraceparent() != traceparentOf(span.SpanContext()) {
			t.Errorf("Expected the context of the span in each operation, but got %s", operation.GetTraceparent())
		}
	}
}

func TestIsAChildOfTheTraceThatARecordBringsAndLeavesThatAsItIs(t *testing.T) {
	target, swarm := swarmOn(t)
	recorded := record()
	publisher := recorded.publisher(t, target, swarm, 100)
	bringing := func(text, traceparent string) Publication {
		made := command(text).record
		made.Traceparent = traceparent
		return PublicationOf(made)
	}
	first := "00-" + strings.Repeat("1", 32) + "-" + strings.Repeat("2", 16) + "-01"
	second := "00-" + strings.Repeat("3", 32) + "-" + strings.Repeat("4", 16) + "-01"
	_, err := publisher.PublishGroup(patient(t), bringing("a", first), bringing("b", second), command("c"))
	if err != nil {
		t.Fatal(err)
	}
	closed(t, publisher)
	span := recorded.Ended()[0]
	if traceparentOf(span.Parent()) != first || len(span.Links()) != 1 ||
		traceparentOf(span.Links()[0].SpanContext) != second {
		t.Errorf("Expected the first trace as parent, and a link to the other, but got %v and %v", span.Parent(), span.Links())
	}
	var carried []string
	for _, operation := range mainOf(t, target, swarm) {
		carried = append(carried, operation.GetTraceparent())
	}
	if want := []string{first, second, traceparentOf(span.SpanContext())}; !slices.Equal(carried, want) {
		t.Errorf("Expected %v, but got %v", want, carried)
	}
}

func TestSaysWhyAPublicationFailedAndThatItWasSentAgain(t *testing.T) {
	coordinator, swarm := swarmlogtest.Start(t), swarmlogtest.Swarm(t)
	recorded := record()
	publisher := recorded.publisher(t, coordinator.Target(), swarm, 1)
	tooLong := Keyed(TopicReconciliation, strings.Repeat("k", 100_000), Text("t", "v"))
	_, refused := publisher.Publish(patient(t), tooLong)
	if err := coordinator.Kill(); err != nil {
		t.Fatal(err)
	}
	answer := submitted(t, publisher, command("a"))
	if _, err := publisher.Submit(patient(t), command("b")); !errors.Is(err, ErrQueueFull) {
		t.Errorf("Expected the queue to be full, but got %v", err)
	}
	if err := coordinator.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := answer.Wait(patient(t)); err != nil {
		t.Error(err)
	}
	closed(t, publisher)
	spans := recorded.Ended()
	terminal, full, again := spans[0], spans[1], spans[2]
	var known *Error
	if !errors.As(refused, &known) || !strings.Contains(attributesOf(terminal.Attributes()), "error.type="+known.Reason) ||
		terminal.Status().Code != codes.Error || terminal.Status().Description != refused.Error() {
		t.Errorf("Expected the span to say %v, but it says %v", refused, terminal.Status())
	}
	if !strings.Contains(attributesOf(full.Attributes()), "error.type=RESOURCE_EXHAUSTED") || len(full.Events()) != 0 {
		t.Errorf("Expected what found no room to say so, but got %s", attributesOf(full.Attributes()))
	}
	if len(again.Events()) == 0 || again.Status().Code == codes.Error {
		t.Errorf("Expected attempts and no error, but got %v and %v", again.Events(), again.Status())
	}
}

func TestCountsAndTimesPublicationsWithoutNamingSwarmOrPublisher(t *testing.T) {
	target, swarm := swarmOn(t)
	recorded := record()
	publisher := recorded.publisher(t, target, swarm, 100)
	published(t, publisher, command("a"))
	_, err := publisher.PublishGroup(patient(t), command("b"), command("c"))
	if err = errors.Join(err, publisher.Telemetry(patient(t), Measurement(Text("t", "x")))); err != nil {
		t.Fatal(err)
	}
	closed(t, publisher)
	var data metricdata.ResourceMetrics
	if err := recorded.reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	var figures []string
	for _, metric := range data.ScopeMetrics[0].Metrics {
		switch of := metric.Data.(type) {
		case metricdata.Sum[int64]:
			for _, point := range of.DataPoints {
				figures = append(figures, fmt.Sprintf("%s %d %s", metric.Name, point.Value, attributesOf(point.Attributes.ToSlice())))
			}
		case metricdata.Histogram[float64]:
			for _, point := range of.DataPoints {
				figures = append(figures, fmt.Sprintf("%s %d %s", metric.Name, point.Count, attributesOf(point.Attributes.ToSlice())))
			}
		}
	}
	of := func(destination string) string {
		return "messaging.destination.template={swarm}/" + destination +
			" messaging.operation.name=publish messaging.system=swarmlog"
	}
	want := []string{
		"messaging.client.operation.duration 2 " + of("commands"), "messaging.client.sent.messages 1 " + of("telemetry"),
		"messaging.client.sent.messages 3 " + of("commands"),
	}
	if slices.Sort(figures); !slices.Equal(figures, want) {
		t.Errorf("Expected\n%q, but got\n%q", want, figures)
	}
}

func TestPutsTheCallersSpanIntoTelemetry(t *testing.T) {
	recorded := record()
	ctx, span := recorded.tracers.Tracer("test").Start(context.Background(), "measure")
	defer span.End()
	measured := &swarmlogv1.PublishRecord{}
	stampTrace(ctx, measured)
	if measured.GetTraceparent() != traceparentOf(span.SpanContext()) {
		t.Errorf("Expected the caller's span, but got %s", measured.GetTraceparent())
	}
}

// broken is a processor of spans that panics.
type broken struct{}

func (broken) OnStart(context.Context, sdktrace.ReadWriteSpan) { panic("no exporter") }
func (broken) OnEnd(sdktrace.ReadOnlySpan)                     { panic("no exporter") }
func (broken) Shutdown(context.Context) error                  { return nil }
func (broken) ForceFlush(context.Context) error                { return nil }

func TestPublishesWhereTheApplicationsTelemetryIsBroken(t *testing.T) {
	target, swarm := swarmOn(t)
	lines := newLineLog()
	publisher, err := NewPublisher(PublisherConfig{
		Target: target, Swarm: swarm, Name: "p", Logger: slog.New(lines),
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(broken{})),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		published(t, publisher, command("a"))
	}
	closed(t, publisher)
	if got := textsOf(t, target, swarm); got != "[a a a]" {
		t.Errorf("Expected all to be published, but got %s", got)
	}
	logged := lines.list()
	if len(logged) != 1 || logged[0] != "Expected the application's OpenTelemetry to record, but it panicked; nothing else is lost" {
		t.Errorf("Expected one line, but got %q", logged)
	}
}
