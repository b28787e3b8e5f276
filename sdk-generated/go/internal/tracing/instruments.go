// Package tracing is what one agent or publisher records, by the application's own OpenTelemetry, if it has one.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"swarmlog.dev/go/internal/failure"
)

const instrumentation = "swarmlog"

// In seconds; those the conventions advise.
var boundaries = metric.WithExplicitBucketBoundaries(
	0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

// Settings say whose instruments they are, and where they record to.
type Settings struct {
	Swarm string
	// Client is the name of the agent or publisher.
	Client string
	// Version is that of the SDK.
	Version string
	// Tracers and Meters are the application's; nil for OpenTelemetry's global ones.
	Tracers trace.TracerProvider
	Meters  metric.MeterProvider
	Log     *slog.Logger
}

// Instruments are what one agent or publisher records. Its metrics name neither swarms nor agents: their number of series
// does not grow with those. Safe for concurrent use.
type Instruments struct {
	settings Settings
	tracer   trace.Tracer

	sent, consumed             metric.Int64Counter
	operationTime, processTime metric.Float64Histogram

	mu       sync.Mutex
	failures failure.Repeated
}

// New makes instruments.
func New(settings Settings) *Instruments {
	if settings.Tracers == nil {
		settings.Tracers = otel.GetTracerProvider()
	}
	if settings.Meters == nil {
		settings.Meters = otel.GetMeterProvider()
	}
	i := &Instruments{settings: settings}
	i.tracer = settings.Tracers.Tracer(instrumentation, trace.WithInstrumentationVersion(settings.Version))
	meter := settings.Meters.Meter(instrumentation, metric.WithInstrumentationVersion(settings.Version))
	// An instrument that cannot be made is one that records nothing; OpenTelemetry says so itself.
	i.sent, _ = meter.Int64Counter("messaging.client.sent.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Operations that were handed to a publisher"))
	i.consumed, _ = meter.Int64Counter("messaging.client.consumed.messages", metric.WithUnit("{message}"),
		metric.WithDescription("Operations that were handed to handlers, each once"))
	i.operationTime, _ = meter.Float64Histogram("messaging.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("From publish to its answer"), boundaries)
	i.processTime, _ = meter.Float64Histogram("messaging.process.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of a call of a handler"), boundaries)
	return i
}

// Attempt calls what records something. Processors, samplers and exporters of an application run within it, and their
// panics must not become a failure of delivery: they are logged, and what was to be recorded is missing.
func (i *Instruments) Attempt(record func()) {
	defer func() {
		if thrown := recover(); thrown != nil {
			i.failed(thrown)
		}
	}()
	record()
}

// Start starts a span "operation destination" with what all of them have, as a child of the span of ctx; destination is a
// topic or a log. Where it cannot be started, the context is that given, and the span one that records nothing.
func (i *Instruments) Start(
	ctx context.Context, operation, operationType string, kind trace.SpanKind, destination string,
	links []trace.Link, attributes ...attribute.KeyValue,
) (inside context.Context, span trace.Span) {
	inside, span = ctx, trace.Span(noop.Span{})
	known := append([]attribute.KeyValue{
		attribute.String("messaging.system", "swarmlog"),
		attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.operation.type", operationType),
		attribute.String("messaging.destination.name", i.settings.Swarm+"/"+destination),
		attribute.String("messaging.destination.template", template(destination)),
		attribute.String("messaging.client.id", i.settings.Client),
		attribute.String("swarmlog.swarm", i.settings.Swarm),
	}, attributes...)
	i.Attempt(func() {
		inside, span = i.tracer.Start(ctx, operation+" "+destination,
			trace.WithSpanKind(kind), trace.WithAttributes(known...), trace.WithLinks(links...))
	})
	return inside, span
}

// Sent counts an operation that was handed to the publisher.
func (i *Instruments) Sent(ctx context.Context, topic string) {
	i.Attempt(func() { i.sent.Add(ctx, 1, of("publish", topic)) })
}

// Answered notes that a publication was answered, or failed; its span is in ctx.
func (i *Instruments) Answered(ctx context.Context, destination string, elapsed time.Duration) {
	i.Attempt(func() { i.operationTime.Record(ctx, elapsed.Seconds(), of("publish", destination)) })
}

// Consumed counts an operation that is handed to a handler, for the first time.
func (i *Instruments) Consumed(ctx context.Context, topic string) {
	i.Attempt(func() { i.consumed.Add(ctx, 1, of("apply", topic)) })
}

// Processed notes that a handler returned; the span it ran in is in ctx.
func (i *Instruments) Processed(ctx context.Context, destination string, elapsed time.Duration) {
	i.Attempt(func() { i.processTime.Record(ctx, elapsed.Seconds(), of("apply", destination)) })
}

func (i *Instruments) failed(thrown any) {
	i.mu.Lock()
	leftOut, log := i.failures.Count(fmt.Sprintf("%T %v", thrown, thrown), time.Now())
	i.mu.Unlock()
	if log {
		i.settings.Log.Warn("Expected the application's OpenTelemetry to record, but it panicked; nothing else is lost"+
			failure.Others(leftOut), "swarm", i.settings.Swarm, "client", i.settings.Client, "panic", thrown)
	}
}

func of(operation, destination string) metric.MeasurementOption {
	return metric.WithAttributes(
		attribute.String("messaging.system", "swarmlog"),
		attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.destination.template", template(destination)),
	)
}

// template is not a format of ours: it is the same for all swarms.
func template(destination string) string { return "{swarm}/" + destination }
