/**
 * What a coordinator tells of itself: its metrics by name, unit and attributes, and the trace of an
 * operation.
 *
 * <p>{@link dev.swarmlog.otel.Metric} is the list of the metrics. Only the API of OpenTelemetry is
 * used here; where it all goes is decided elsewhere, and without a destination it costs next to
 * nothing.
 */
@NullMarked
package dev.swarmlog.otel;

import org.jspecify.annotations.NullMarked;
