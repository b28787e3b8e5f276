package dev.swarmlog.otel.trace;

import dev.swarmlog.v1.PublishGroup;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.List;

/**
 * The {@code append} spans of a publish group, from when it was received until it is settled. May
 * be used by any thread; settled once.
 *
 * @param group as it is to be appended: where the coordinator began the trace, it is in the records
 * @param spans one per trace context in the group; none if it is not traced
 */
public record GroupTrace(PublishGroup group, List<Span> spans) {

  /** Of what is no publish. */
  public static final GroupTrace NONE =
      new GroupTrace(PublishGroup.getDefaultInstance(), List.of());

  /** The group is durable. */
  public void appended(long firstOpId, long lastOpId, boolean duplicate) {
    for (Span span : spans) {
      span.setAttribute(SpanAttribute.OPERATION_ID, firstOpId);
      if (firstOpId == lastOpId) {
        span.setAttribute(SpanAttribute.MESSAGE_ID, Long.toUnsignedString(firstOpId));
      } else {
        span.setAttribute(SpanAttribute.MESSAGE_COUNT, lastOpId - firstOpId + 1);
      }
      if (duplicate) {
        span.setAttribute(SpanAttribute.DUPLICATE, true);
      }
      Contained.end(span);
    }
  }

  /** Nothing was appended. */
  public void refused(String reason, String message) {
    for (Span span : spans) {
      span.setAttribute(SpanAttribute.ERROR_TYPE, reason);
      span.setStatus(StatusCode.ERROR, message);
      Contained.end(span);
    }
  }
}
