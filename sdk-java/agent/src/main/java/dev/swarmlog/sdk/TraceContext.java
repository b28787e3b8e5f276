package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.PublishRecord;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The W3C trace context that travels in an operation. It is always W3C, whatever propagator the
 * application has set up, because it is stored.
 */
public final class TraceContext {
  private static final String TRACEPARENT = "traceparent";
  private static final String TRACESTATE = "tracestate";

  /** As it stands in a message; both empty for none. */
  record Text(String traceparent, String tracestate) {
    static final Text NONE = new Text("", "");

    /** What goes into a message for the span of a context. */
    static Text of(Context context) {
      Carrier carrier = new Carrier();
      W3CTraceContextPropagator.getInstance().inject(context, carrier, SETTER);
      return new Text(carrier.traceparent, carrier.tracestate);
    }
  }

  private static final class Carrier {
    String traceparent = "";
    String tracestate = "";
  }

  private static final TextMapSetter<Carrier> SETTER =
      (carrier, key, value) -> {
        if (carrier != null && key.equals(TRACEPARENT)) {
          carrier.traceparent = value;
        } else if (carrier != null && key.equals(TRACESTATE)) {
          carrier.tracestate = value;
        }
      };

  private static final TextMapGetter<Text> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Text text) {
          return List.of(TRACEPARENT, TRACESTATE);
        }

        @Override
        public @Nullable String get(@Nullable Text text, String key) {
          if (text == null) {
            return null;
          }
          return switch (key) {
            case TRACEPARENT -> text.traceparent();
            case TRACESTATE -> text.tracestate();
            default -> null;
          };
        }
      };

  private TraceContext() {}

  /**
   * The current context with the operation's publish as parent; the current context itself if the
   * operation carries no trace. Handlers of operations need not ask: they run inside the trace
   * already. Handlers of batches do.
   */
  public static Context of(Operation operation) {
    if (operation.getTraceparent().isEmpty()) {
      return Context.current();
    }
    SpanContext published = spanContext(operation);
    return published.isValid() ? Context.current().with(Span.wrap(published)) : Context.current();
  }

  /** What an operation carries; invalid if that is nothing, or makes no sense. */
  static SpanContext spanContext(Operation operation) {
    return spanContext(operation.getTraceparent(), operation.getTracestate());
  }

  static SpanContext spanContext(PublishRecord record) {
    return spanContext(record.getTraceparent(), record.getTracestate());
  }

  static SpanContext spanContext(String traceparent, String tracestate) {
    return traceparent.isEmpty()
        ? SpanContext.getInvalid()
        : Span.fromContext(
                W3CTraceContextPropagator.getInstance()
                    .extract(Context.root(), new Text(traceparent, tracestate), GETTER))
            .getSpanContext();
  }

  /** Writes the span of a context, if it has one and the record has none yet. */
  static void inject(PublishRecord.Builder record, Context context) {
    if (record.getTraceparent().isEmpty() && Span.fromContext(context).getSpanContext().isValid()) {
      Text text = Text.of(context);
      record.setTraceparent(text.traceparent()).setTracestate(text.tracestate());
    }
  }
}
