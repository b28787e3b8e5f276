package swarmlog

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/session"
	"swarmlog.dev/go/internal/tracing"
)

// ackSpans last from the commit of a step until its ack is handed to the stream: one of each operation recorded.
type ackSpans struct {
	instruments *tracing.Instruments
	open        []trace.Span
}

// sent says that the ack is with the stream.
func (a *ackSpans) sent() {
	for _, span := range a.open {
		a.instruments.Attempt(func() { span.End() })
	}
	a.open = nil
}

// notSent says that there is no stream: the next session begins with what would have been acknowledged.
func (a *ackSpans) notSent() {
	for _, span := range a.open {
		a.instruments.Attempt(func() { span.AddEvent("no stream: told with the next Hello") })
	}
	a.sent()
}

// appliedSpan is that of an operation that is applied, and not committed.
type appliedSpan struct {
	operation *swarmlogv1.Operation
	span      trace.Span
}

// stepSpans are the spans of one step: of what is applied of it, until that is committed. Handlers run inside them. They
// belong to the lane's run; abandon may be called by anyone.
//
// Where nobody records anything, handlers run inside the trace of the publish all the same, as the application may have
// spans without the SDK having some.
type stepSpans struct {
	agent  *agentTracing
	step   *session.Step
	choice session.TraceChoice
	// Where the run begins, and how often that was tried before.
	start       int
	triedBefore int

	mu     sync.Mutex
	open   []appliedSpan
	repair trace.Span
}

func newStepSpans(agent *agentTracing, step *session.Step) *stepSpans {
	spans := &stepSpans{agent: agent, step: step, choice: session.NoTraces}
	if delivered, ok := step.Content.(session.Delivered); ok {
		spans.choice = delivered.Traced
	}
	return spans
}

// begin says that a run begins.
func (s *stepSpans) begin(ctx context.Context, start, triedBefore int) {
	s.start, s.triedBefore = start, triedBefore
	repaired, ok := s.step.Content.(session.Repaired)
	if !ok || !s.agent.records {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repair == nil {
		s.repair = s.agent.repair(ctx, s.step.Log, repaired.Repair, triedBefore+1)
	}
}

// surrounds says whether there is anything to do around the handler of an operation.
func (s *stepSpans) surrounds(operation *swarmlogv1.Operation) bool {
	return s.agent.records || operation.GetTraceparent() != ""
}

// around calls the handler of one operation inside its trace.
func (s *stepSpans) around(
	ctx context.Context, operation *swarmlogv1.Operation, index int, call func(context.Context) error,
) error {
	published := publishedIn(operation)
	if !s.agent.records {
		return call(s.context(ctx, operation, published, nil))
	}
	attempt := 1
	if index == s.start {
		attempt += s.triedBefore
	}
	if attempt == 1 {
		s.agent.instruments.Consumed(ctx, topicName(operation))
	}
	tried := attempt + session.TriedBefore(operation)
	var spans []appliedSpan
	var applied trace.Span
	if published.IsValid() && s.takes(operation, published) {
		_, applied = s.agent.apply(ctx, s.step.Log, operation, published, tried)
		spans = append(spans, appliedSpan{operation, applied})
	}
	operations := []*swarmlogv1.Operation{operation}
	return s.recorded(s.context(ctx, operation, published, applied), operations, spans, tried, call)
}

// aroundBatch calls what applies a whole batch inside its traces.
func (s *stepSpans) aroundBatch(
	ctx context.Context, operations []*swarmlogv1.Operation, call func(context.Context) error,
) error {
	if !s.agent.records {
		return call(ctx)
	}
	var spans []appliedSpan
	for _, operation := range operations {
		if published := publishedIn(operation); published.IsValid() && s.takes(operation, published) {
			_, span := s.agent.apply(ctx, s.step.Log, operation, published, s.triedBefore+1)
			spans = append(spans, appliedSpan{operation, span})
		}
		if s.triedBefore == 0 {
			s.agent.instruments.Consumed(ctx, topicName(operation))
		}
	}
	if len(spans) == 1 {
		ctx = trace.ContextWithSpan(ctx, spans[0].span)
	} else if repair := s.repairSpan(); repair != nil {
		ctx = trace.ContextWithSpan(ctx, repair)
	}
	return s.recorded(ctx, operations, spans, s.triedBefore+1, call)
}

// committed says that the step is committed, and so what was applied of it is.
func (s *stepSpans) committed(ctx context.Context) ackSpans {
	acks := ackSpans{instruments: s.agent.instruments}
	if !s.agent.records {
		return acks
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repair != nil {
		s.agent.instruments.Attempt(func() { s.repair.End() })
		s.repair = nil
	}
	for _, applied := range s.open {
		s.agent.instruments.Attempt(func() { applied.span.End() })
		if s.step.Log != LogTelemetry && applied.span.SpanContext().IsSampled() {
			acks.open = append(acks.open, s.agent.ack(ctx, s.step.Log, applied.operation, applied.span))
		}
	}
	s.open = nil
	return acks
}

// abandon says that the step will not be committed, or not in this run of the agent.
func (s *stepSpans) abandon(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := make([]trace.Span, 0, len(s.open)+1)
	for _, applied := range s.open {
		left = append(left, applied.span)
	}
	if s.repair != nil {
		left = append(left, s.repair)
	}
	s.open, s.repair = nil, nil
	for _, span := range left {
		s.agent.instruments.Attempt(func() {
			span.SetStatus(otelcodes.Error, why)
			span.End()
		})
	}
}

func (s *stepSpans) recorded(
	ctx context.Context, operations []*swarmlogv1.Operation, spans []appliedSpan, attempt int,
	call func(context.Context) error,
) error {
	started := time.Now()
	err := call(ctx)
	if len(operations) > 0 {
		s.agent.instruments.Processed(ctx, destinationOf(operations, s.step.Log), time.Since(started))
	}
	if err != nil {
		s.failed(operations, spans, attempt, err)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, spans...)
	return nil
}

func (s *stepSpans) failed(operations []*swarmlogv1.Operation, applied []appliedSpan, attempt int, cause error) {
	s.mu.Lock()
	spans := make([]trace.Span, 0, len(applied)+1)
	if s.repair != nil {
		spans = append(spans, s.repair)
		s.repair = nil
	}
	s.mu.Unlock()
	recorded := false
	for _, each := range applied {
		spans = append(spans, each.span)
	}
	for _, span := range spans {
		recorded = recorded || span.IsRecording()
	}
	if !recorded {
		if span := s.agent.failure(s.step.Log, operations, attempt); span != nil {
			spans = append(spans, span)
		}
	}
	for _, span := range spans {
		s.agent.instruments.Attempt(func() {
			span.RecordError(cause)
			span.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", cause)))
			span.SetStatus(otelcodes.Error, cause.Error())
			span.End()
		})
	}
}

func (s *stepSpans) takes(operation *swarmlogv1.Operation, published trace.SpanContext) bool {
	return s.choice.Takes(operation.GetOpId(), published.IsSampled())
}

func (s *stepSpans) repairSpan() trace.Span {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repair
}

// context is what the handler runs in; `applied` is the span of the operation, nil if it has none.
func (s *stepSpans) context(
	ctx context.Context, operation *swarmlogv1.Operation, published trace.SpanContext, applied trace.Span,
) context.Context {
	if applied == nil {
		applied = s.repairSpan()
	}
	if applied != nil && applied.SpanContext().IsValid() {
		return trace.ContextWithSpan(ctx, applied)
	}
	if !published.IsValid() {
		return ctx
	}
	if published.IsSampled() && !s.takes(operation, published) {
		// Spans of the handler are sampled only if the operation is taken.
		published = published.WithTraceFlags(published.TraceFlags().WithSampled(false))
	}
	return trace.ContextWithRemoteSpanContext(ctx, published)
}
