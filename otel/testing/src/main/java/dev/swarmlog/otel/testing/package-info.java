/**
 * A collector inside a test: {@link dev.swarmlog.otel.testing.OtlpReceiver} takes traces, metrics
 * and logs by OTLP over gRPC, from this process or another, and {@link
 * dev.swarmlog.otel.testing.Traces} says whether their traces have the right shape.
 */
@NullMarked
package dev.swarmlog.otel.testing;

import org.jspecify.annotations.NullMarked;
