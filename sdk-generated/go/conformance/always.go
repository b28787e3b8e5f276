package main

import (
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

// tracerProvider is an OpenTelemetry that records everything, and keeps nothing; nil for none.
func tracerProvider(traced bool) api.TracerProvider {
	if !traced {
		return nil
	}
	return trace.NewTracerProvider(trace.WithSampler(trace.AlwaysSample()))
}
