package tracing

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

func TestReadsWhatItWrites(t *testing.T) {
	state, err := trace.ParseTraceState("a=1,b=2")
	if err != nil {
		t.Fatal(err)
	}
	made := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1, 2}, SpanID: trace.SpanID{3}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true,
	})
	text := TextOf(trace.ContextWithSpanContext(context.Background(), made))
	if text.Traceparent != "00-0102"+strings.Repeat("0", 28)+"-03"+strings.Repeat("0", 14)+"-01" ||
		text.Tracestate != "a=1,b=2" {
		t.Errorf("Expected the context in W3C's form, but got %+v", text)
	}
	if read := text.SpanContext(); !read.Equal(made) {
		t.Errorf("Expected %+v, but got %+v", made, read)
	}
}

func TestTakesAContextThatMakesNoSenseForNone(t *testing.T) {
	zeros := "00-" + strings.Repeat("0", 32) + "-" + strings.Repeat("2", 16) + "-01"
	for _, text := range []string{"", "00-0-0-01", "nonsense", zeros} {
		if (Text{Traceparent: text}).SpanContext().IsValid() {
			t.Errorf("Expected no context in %q", text)
		}
	}
	if (TextOf(context.Background()) != Text{}) {
		t.Error("Expected no text of a context without a span")
	}
}
