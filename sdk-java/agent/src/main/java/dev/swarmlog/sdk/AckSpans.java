package dev.swarmlog.sdk;

import io.opentelemetry.api.trace.Span;
import java.util.List;

/**
 * From the commit of a step until its ack is handed to the stream: one span for each operation of
 * it that is recorded. Belongs to the session's context.
 */
final class AckSpans {
  private List<Span> open;

  AckSpans(List<Span> open) {
    this.open = open;
  }

  /** The ack is with the stream. */
  void sent() {
    open.forEach(Span::end);
    open = List.of();
  }

  /** There is no stream: the next session begins with what would have been acknowledged. */
  void notSent() {
    open.forEach(span -> span.addEvent("no stream: told with the next Hello"));
    sent();
  }
}
