package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import org.jspecify.annotations.Nullable;

/**
 * The W3C trace context that travels in an operation. It is always W3C, whatever propagator the
 * application has set up, because it is stored.
 */
public final class TraceContext {
  private static final String TRACEPARENT = "traceparent";
  private static final String TRACESTATE = "tracestate";
  private static final TextMapGetter<Operation> GETTER =
      new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable Operation operation, String key) {
          if (operation == null) {
            return null;
          }
          return switch (key) {
            case TRACEPARENT -> operation.getTraceparent();
            case TRACESTATE -> operation.getTracestate();
            default -> null;
          };
        }
      };

  private TraceContext() {}

  /**
   * The current context with the operation's publish as parent; the current context itself if the
   * operation carries no trace. Handlers of operations run inside it already; handlers of batches
   * ask for it.
   */
  public static Context of(Operation operation) {
    return operation.getTraceparent().isEmpty()
        ? Context.current()
        : W3CTraceContextPropagator.getInstance().extract(Context.current(), operation, GETTER);
  }

  /** Writes the current span, if there is one, and the record has none yet. */
  static void inject(PublishRecord.Builder record) {
    if (record.getTraceparent().isEmpty() && Span.current().getSpanContext().isValid()) {
      W3CTraceContextPropagator.getInstance()
          .inject(
              Context.current(),
              record,
              (builder, key, value) -> {
                if (builder == null) {
                  return;
                }
                if (key.equals(TRACEPARENT)) {
                  builder.setTraceparent(value);
                } else if (key.equals(TRACESTATE)) {
                  builder.setTracestate(value);
                }
              });
    }
  }
}
