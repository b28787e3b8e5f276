package swarmlog

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/session"
	"swarmlog.dev/go/internal/tracing"
)

const (
	// Of a batch that failed, so many operations are named at most.
	maxLinks           = 32
	maxErrorsPerSecond = 10
)

// agentTracing has the spans of an agent, each as it begins. Safe for concurrent use.
type agentTracing struct {
	instruments *tracing.Instruments
	agent       string
	// Whether there is somewhere to record to.
	records bool
	errors  errorBound
}

// recordsSomewhere says whether the application has providers: those given, or global ones that it has set up by now.
func recordsSomewhere(tracers trace.TracerProvider, meters metric.MeterProvider) bool {
	return tracers != nil || meters != nil || isSetUp(otel.GetTracerProvider()) || isSetUp(otel.GetMeterProvider())
}

// isSetUp: until somebody sets one, OpenTelemetry has a provider of its own that waits for it.
func isSetUp(provider any) bool {
	kind := reflect.TypeOf(provider)
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	return !strings.HasSuffix(kind.PkgPath(), "otel/internal/global")
}

// apply begins applying an operation, in the trace that it was published in.
func (t *agentTracing) apply(
	ctx context.Context, log Log, operation *swarmlogv1.Operation, published trace.SpanContext, attempt int,
) (context.Context, trace.Span) {
	inside := trace.ContextWithRemoteSpanContext(ctx, published)
	return t.start(inside, "apply", "process", trace.SpanKindConsumer, topicName(operation), log, attempt,
		operationAttributes(operation)...)
}

// ack begins telling the coordinator that an operation is applied.
func (t *agentTracing) ack(ctx context.Context, log Log, operation *swarmlogv1.Operation, applied trace.Span) trace.Span {
	_, span := t.start(trace.ContextWithSpan(ctx, applied), "ack", "settle", trace.SpanKindClient, topicName(operation),
		log, 1, operationAttributes(operation)...)
	return span
}

// repair begins mending what drifted, in the coordinator's trace of it.
func (t *agentTracing) repair(ctx context.Context, log Log, repair *swarmlogv1.Repair, attempt int) trace.Span {
	topic := session.RepairScope(repair).Topic.String()
	told := tracing.Text{Traceparent: repair.GetTraceparent(), Tracestate: repair.GetTracestate()}.SpanContext()
	if told.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, told)
	}
	_, span := t.start(ctx, "repair", "process", trace.SpanKindConsumer, topic, log, attempt,
		attribute.String("swarmlog.topic", topic))
	return span
}

// sync begins a sync of a log: a trace of its own.
func (t *agentTracing) sync(log Log, attributes ...attribute.KeyValue) (context.Context, trace.Span) {
	return t.start(context.Background(), "sync", "receive", trace.SpanKindClient, log.String(), log, 1, attributes...)
}

// failure is of operations of which none is recorded: a trace of its own, linked with theirs. Only so many a second are
// recorded: nil if it is one too many.
func (t *agentTracing) failure(log Log, operations []*swarmlogv1.Operation, attempt int) trace.Span {
	leftOut, take := t.errors.take(time.Now())
	if !take {
		return nil
	}
	attributes := t.attributes(log, attempt)
	if leftOut > 0 {
		attributes = append(attributes, attribute.Int("swarmlog.errors.left_out", leftOut))
	}
	var links []trace.Link
	for _, operation := range operations {
		published := publishedIn(operation)
		isNew := !slices.ContainsFunc(links, func(link trace.Link) bool { return link.SpanContext.Equal(published) })
		if published.IsValid() && isNew && len(links) < maxLinks {
			links = append(links, trace.Link{SpanContext: published})
		}
	}
	if len(operations) == 1 {
		attributes = append(attributes, operationAttributes(operations[0])...)
	} else {
		attributes = append(attributes, attribute.Int("messaging.batch.message_count", len(operations)))
	}
	_, span := t.instruments.Start(context.Background(), "apply", "process", trace.SpanKindConsumer,
		destinationOf(operations, log), links, attributes...)
	return span
}

func (t *agentTracing) start(
	ctx context.Context, operation, operationType string, kind trace.SpanKind, destination string, log Log, attempt int,
	attributes ...attribute.KeyValue,
) (context.Context, trace.Span) {
	return t.instruments.Start(ctx, operation, operationType, kind, destination, nil,
		append(t.attributes(log, attempt), attributes...)...)
}

func (t *agentTracing) attributes(log Log, attempt int) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("swarmlog.log", log.String()), attribute.String("swarmlog.agent", t.agent),
	}
	if attempt > 1 {
		attributes = append(attributes, attribute.Int("swarmlog.attempt", attempt))
	}
	return attributes
}

// publishedIn is the context that an operation carries; invalid if that is nothing, or makes no sense.
func publishedIn(operation *swarmlogv1.Operation) trace.SpanContext {
	return tracing.Text{Traceparent: operation.GetTraceparent(), Tracestate: operation.GetTracestate()}.SpanContext()
}

// destinationOf is the topic of operations, or their log where they are of several.
func destinationOf(operations []*swarmlogv1.Operation, log Log) string {
	for _, operation := range operations {
		if operation.GetTopic() != operations[0].GetTopic() {
			return log.String()
		}
	}
	if len(operations) == 0 {
		return log.String()
	}
	return topicName(operations[0])
}

func topicName(operation *swarmlogv1.Operation) string { return Topic(operation.GetTopic()).String() }

func operationAttributes(operation *swarmlogv1.Operation) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("swarmlog.topic", topicName(operation)),
		attribute.Int64("swarmlog.operation.id", int64(operation.GetOpId())),
		attribute.String("messaging.message.id", fmt.Sprint(operation.GetOpId())),
	}
}

// errorBound lets so many failures a second through that are recorded although nobody chose them, and counts the others: an
// agent that fails at everything must not flood where traces are kept.
type errorBound struct {
	mu      sync.Mutex
	began   time.Time
	let     int
	leftOut int
}

// take says how many were left out since one was let through, and whether this one is.
func (b *errorBound) take(now time.Time) (leftOut int, take bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.let == 0 || now.Sub(b.began) >= time.Second {
		b.began, b.let = now, 0
	}
	if b.let == maxErrorsPerSecond {
		b.leftOut++
		return 0, false
	}
	b.let++
	leftOut, b.leftOut = b.leftOut, 0
	return leftOut, true
}
