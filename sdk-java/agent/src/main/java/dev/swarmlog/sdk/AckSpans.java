package dev.swarmlog.sdk;

import io.opentelemetry.api.trace.Span;
import java.util.List;

/**
 * From the commit of a step until its ack is handed to the stream: one span for each operation of
 * it that is recorded. Belongs to the session's context.
 */
final class AckSpans {
  private final Recording recording;
  private List<Span> open;

  AckSpans(Recording recording, List<Span> open) {
    this.recording = recording;
    this.open = open;
  }

  /** The ack is with the stream. */
  void sent() {
    open.forEach(span -> recording.attempt(span::end));
    open = List.of();
  }

  /** There is no stream: the next session begins with what would have been acknowledged. */
  void notSent() {
    open.forEach(
        span -> recording.attempt(() -> span.addEvent("no stream: told with the next Hello")));
    sent();
  }
}
