package dev.swarmlog.otel.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The W3C trace context as it lies in an operation.
 *
 * @param traceparent empty if it has none
 * @param tracestate may be empty
 */
record StoredContext(String traceparent, String tracestate) {

  /** {@code 00-<32 digits>-<16 digits>-<2 digits>}; later versions may be longer. */
  private static final int FLAGS_AT = 53;

  private static final TextMapGetter<StoredContext> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(StoredContext stored) {
          return List.of("traceparent", "tracestate");
        }

        @Override
        public @Nullable String get(@Nullable StoredContext stored, String key) {
          if (stored == null) {
            return null;
          }
          return key.equals("traceparent") ? stored.traceparent() : stored.tracestate();
        }
      };

  /** Whether it looks sampled, by its flags: cheap, and no proof that it is well-formed. */
  static boolean looksSampled(String traceparent) {
    if (traceparent.length() < FLAGS_AT + 2) {
      return false;
    }
    int flags = Character.digit(traceparent.charAt(FLAGS_AT + 1), 16);
    return flags > 0 && (flags & 1) == 1;
  }

  /** Invalid where it is malformed or empty. */
  SpanContext spanContext() {
    return Span.fromContext(context()).getSpanContext();
  }

  /** With the publish as parent. */
  Context context() {
    return W3CTraceContextPropagator.getInstance().extract(Context.root(), this, GETTER);
  }
}
