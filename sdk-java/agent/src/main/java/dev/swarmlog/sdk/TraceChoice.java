package dev.swarmlog.sdk;

import dev.swarmlog.v1.Delivery;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import java.util.Set;

/**
 * Which operations of a step are recorded as applied. Where the coordinator chooses, it is those it
 * names, so that one broadcast does not become ten thousand spans; else those that are sampled.
 *
 * @param coordinators the coordinator chooses
 * @param opIds what it has chosen
 */
record TraceChoice(boolean coordinators, Set<Long> opIds) {
  /** Those that are sampled. */
  static final TraceChoice SAMPLED = new TraceChoice(false, Set.of());

  static final TraceChoice NONE = new TraceChoice(true, Set.of());

  /** Of a delivery whose coordinator chooses. */
  static TraceChoice of(Delivery delivery) {
    return delivery.getTracedOpIdsCount() == 0
        ? NONE
        : new TraceChoice(true, Set.copyOf(delivery.getTracedOpIdsList()));
  }

  /**
   * Whether an operation is recorded.
   *
   * @param published what it carries
   */
  boolean takes(long opId, SpanContext published) {
    return published.isValid() && (coordinators ? opIds.contains(opId) : published.isSampled());
  }

  /**
   * What a handler goes on with where the agent itself records nothing: spans of the handler are
   * sampled only if the operation is taken.
   */
  SpanContext seenByHandler(long opId, SpanContext published) {
    return takes(opId, published) || !published.isSampled()
        ? published
        : SpanContext.createFromRemoteParent(
            published.getTraceId(),
            published.getSpanId(),
            TraceFlags.getDefault(),
            published.getTraceState());
  }
}
