/**
 * The trace of an operation, as far as the coordinator knows it: append, commit, delivery.
 *
 * <p>{@link dev.swarmlog.otel.trace.OperationTraces} is the way in. The trace context lies in the
 * operation; a publish that brings none gets one here, if it is sampled.
 */
@NullMarked
package dev.swarmlog.otel.trace;

import org.jspecify.annotations.NullMarked;
