package swarmlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	swarmlogv1 "swarmlog.dev/go/gen/swarmlog/v1"
	"swarmlog.dev/go/internal/tracing"
)

// publishSpan is the publishing of one group, from the call to its answer, however often it is sent. Its context goes into
// the operations.
type publishSpan struct {
	instruments *tracing.Instruments
	ctx         context.Context
	span        trace.Span
	operations  int
	destination string
	started     time.Time
	attempts    int
}

// beginSpan begins; the publications are of one log, at least one.
func beginSpan(ctx context.Context, instruments *tracing.Instruments, publications []Publication) *publishSpan {
	s := &publishSpan{instruments: instruments, operations: len(publications), started: time.Now()}
	log, topic := publications[0].Log().String(), publications[0].Topic()
	s.destination = topic.String()
	for _, each := range publications {
		if each.Topic() != topic {
			s.destination = log
		}
		instruments.Sent(ctx, each.Topic().String())
	}
	attributes := []attribute.KeyValue{attribute.String("swarmlog.log", log)}
	if s.destination == topic.String() {
		attributes = append(attributes, attribute.String("swarmlog.topic", s.destination))
	}
	if len(publications) > 1 {
		attributes = append(attributes, attribute.Int("messaging.batch.message_count", len(publications)))
	}
	parent, links := broughtAlong(publications)
	if parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	s.ctx, s.span = instruments.Start(ctx, "publish", "send", trace.SpanKindProducer, s.destination, links, attributes...)
	return s
}

// stamp writes the context into an operation that brings none along.
func (s *publishSpan) stamp(record *swarmlogv1.PublishRecord) { stampTrace(s.ctx, record) }

// sent notes that the group is written to a stream.
func (s *publishSpan) sent() {
	s.attempts++
	s.instruments.Attempt(func() {
		s.span.AddEvent("attempt", trace.WithAttributes(attribute.Int("swarmlog.attempt", s.attempts)))
	})
}

// appended ends it: it is in the log.
func (s *publishSpan) appended(where GroupPosition) {
	noted := []attribute.KeyValue{attribute.Int64("swarmlog.operation.id", int64(where.FirstOpID))}
	if s.operations == 1 {
		noted = append(noted, attribute.String("messaging.message.id", fmt.Sprint(where.FirstOpID)))
	} else {
		noted = append(noted, attribute.Int64("swarmlog.operation.last_id", int64(where.OpID())))
	}
	if where.Duplicate {
		noted = append(noted, attribute.Bool("swarmlog.publish.duplicate", true))
	}
	s.instruments.Attempt(func() { s.span.SetAttributes(noted...) })
	s.end()
}

// failed ends it: it is not in the log, or nobody knows.
func (s *publishSpan) failed(why *Error) {
	s.instruments.Attempt(func() {
		s.span.SetAttributes(attribute.String("error.type", why.name))
		if errors.Is(why, ErrOutcomeUnknown) {
			s.span.SetAttributes(attribute.Bool("swarmlog.publish.outcome_unknown", true))
		}
		s.span.SetStatus(codes.Error, why.Error())
	})
	s.end()
}

func (s *publishSpan) end() {
	s.instruments.Attempt(func() { s.span.End() })
	s.instruments.Answered(s.ctx, s.destination, time.Since(s.started))
}

// broughtAlong returns the first trace that an operation brings along, and links to the others.
func broughtAlong(publications []Publication) (parent trace.SpanContext, links []trace.Link) {
	seen := map[trace.SpanID]bool{}
	for _, each := range publications {
		text := tracing.Text{Traceparent: each.record.GetTraceparent(), Tracestate: each.record.GetTracestate()}
		carried := text.SpanContext()
		if !carried.IsValid() || seen[carried.SpanID()] {
			continue
		}
		seen[carried.SpanID()] = true
		if parent.IsValid() {
			links = append(links, trace.Link{SpanContext: carried})
		} else {
			parent = carried
		}
	}
	return parent, links
}

// stampTrace writes the span of a context into a record that has none yet.
func stampTrace(ctx context.Context, record *swarmlogv1.PublishRecord) {
	if record.GetTraceparent() != "" {
		return
	}
	text := tracing.TextOf(ctx)
	record.Traceparent, record.Tracestate = text.Traceparent, text.Tracestate
}
