package dev.swarmlog.otel.trace;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.HashMap;
import java.util.Map;

/**
 * The span of a sync or a repair, which is no part of the trace of an operation. May be used by any
 * thread; ended once, what comes later is passed over.
 */
public final class TaskTrace {

  /** Of what is not traced. */
  public static final TaskTrace NONE = new TaskTrace(Span.getInvalid());

  private final Span span;

  TaskTrace(Span span) {
    this.span = span;
  }

  /** Says something about it. */
  public TaskTrace note(AttributeKey<Long> attribute, long value) {
    span.setAttribute(attribute, value);
    return this;
  }

  /** Says something about it. */
  public TaskTrace note(AttributeKey<String> attribute, String value) {
    span.setAttribute(attribute, value);
    return this;
  }

  /** It has ended well. */
  public void end() {
    Contained.end(span);
  }

  /** It has not. */
  public void failed(String reason, String message) {
    span.setAttribute(SpanAttribute.ERROR_TYPE, reason);
    span.setStatus(StatusCode.ERROR, message);
    Contained.end(span);
  }

  /**
   * For who adds a part: {@code traceparent} and, if there is any, {@code tracestate}; else empty.
   */
  public Map<String, String> fields() {
    Map<String, String> fields = new HashMap<>();
    if (span.getSpanContext().isSampled()) {
      W3CTraceContextPropagator.getInstance()
          .inject(
              Context.root().with(span),
              fields,
              (carrier, key, value) -> {
                if (carrier != null) {
                  carrier.put(key, value);
                }
              });
    }
    return fields;
  }
}
