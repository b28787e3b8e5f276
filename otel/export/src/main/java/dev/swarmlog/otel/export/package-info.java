/**
 * Where metrics, traces and logs of a coordinator go: {@link dev.swarmlog.otel.export.Export} is
 * the entry.
 *
 * <p>The only package that knows OpenTelemetry's SDK and exporters; what tells something knows the
 * API. {@code docs/adr/0028} says why it is set up as it is.
 */
@NullMarked
package dev.swarmlog.otel.export;

import org.jspecify.annotations.NullMarked;
