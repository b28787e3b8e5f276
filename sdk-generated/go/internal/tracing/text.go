package tracing

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Text is the W3C trace context as it stands in a message; both empty for none. It is always W3C, whatever propagator the
// application has set up, because it is stored.
type Text struct {
	Traceparent, Tracestate string
}

// TextOf returns what goes into a message for the span of a context; the zero value if it has none.
func TextOf(ctx context.Context) Text {
	var text Text
	propagation.TraceContext{}.Inject(ctx, &text)
	return text
}

// SpanContext returns what a message carries; invalid if that is nothing, or makes no sense.
func (t Text) SpanContext() trace.SpanContext {
	if t.Traceparent == "" {
		return trace.SpanContext{}
	}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), &t))
}

// Get implements propagation.TextMapCarrier.
func (t *Text) Get(key string) string {
	switch key {
	case "traceparent":
		return t.Traceparent
	case "tracestate":
		return t.Tracestate
	default:
		return ""
	}
}

// Set implements propagation.TextMapCarrier.
func (t *Text) Set(key, value string) {
	switch key {
	case "traceparent":
		t.Traceparent = value
	case "tracestate":
		t.Tracestate = value
	}
}

// Keys implements propagation.TextMapCarrier.
func (t *Text) Keys() []string { return []string{"traceparent", "tracestate"} }
