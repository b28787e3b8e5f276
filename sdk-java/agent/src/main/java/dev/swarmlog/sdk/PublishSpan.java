package dev.swarmlog.sdk;

import dev.swarmlog.v1.PublishRecord;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.util.List;

/**
 * The publishing of one group, from the call to its answer, however often it is sent. Its context
 * goes into the operations. Belongs to the publishing thread, then to the producer's steps.
 */
final class PublishSpan {
  private final Instruments instruments;
  private final String destination;
  private final int operations;
  private final long startedNs = System.nanoTime();
  private final Context context;
  private final Span span;
  private int attempts;

  private PublishSpan(
      Instruments instruments, String destination, int operations, Context context, Span span) {
    this.instruments = instruments;
    this.destination = destination;
    this.operations = operations;
    this.context = context;
    this.span = span;
  }

  /**
   * Publishing begins.
   *
   * @param publications of one log, at least one
   */
  static PublishSpan begin(Instruments instruments, List<Publication> publications) {
    Topic topic = publications.get(0).record().getTopic();
    publications.forEach(publication -> instruments.sent(publication.record().getTopic()));
    boolean ofOneTopic =
        publications.stream().allMatch(publication -> publication.record().getTopic() == topic);
    String log = TraceNames.of(publications.get(0).log());
    String destination = ofOneTopic ? TraceNames.of(topic) : log;
    if (!instruments.traces()) {
      return new PublishSpan(
          instruments, destination, publications.size(), Context.current(), Span.getInvalid());
    }
    Span span =
        instruments
            .recording()
            .begin(() -> start(instruments, publications, ofOneTopic, log, destination));
    return new PublishSpan(
        instruments,
        destination,
        publications.size(),
        span.getSpanContext().isValid() ? Context.current().with(span) : Context.current(),
        span);
  }

  private static Span start(
      Instruments instruments,
      List<Publication> publications,
      boolean ofOneTopic,
      String log,
      String destination) {
    SpanBuilder builder =
        instruments.span(TraceNames.PUBLISH, TraceNames.SEND, SpanKind.PRODUCER, destination);
    builder.setAttribute(TraceNames.LOG, log);
    if (ofOneTopic) {
      builder.setAttribute(TraceNames.TOPIC, destination);
    }
    if (publications.size() > 1) {
      builder.setAttribute(TraceNames.MESSAGE_COUNT, publications.size());
    }
    return builder.setParent(parent(publications, builder)).startSpan();
  }

  /** The first trace that an operation brings along; of others there are links. */
  private static Context parent(List<Publication> publications, SpanBuilder builder) {
    List<SpanContext> brought =
        publications.stream()
            .map(publication -> TraceContext.spanContext(publication.record()))
            .filter(SpanContext::isValid)
            .distinct()
            .toList();
    if (brought.isEmpty()) {
      return Context.current();
    }
    brought.subList(1, brought.size()).forEach(builder::addLink);
    return Context.current().with(Span.wrap(brought.get(0)));
  }

  /** Writes the context into an operation that brings none along. */
  void stamp(PublishRecord.Builder record) {
    TraceContext.inject(record, context);
  }

  /** The group is written to a stream. */
  void sent() {
    attempts++;
    Attributes attempt = Attributes.of(TraceNames.ATTEMPT, (long) attempts);
    instruments.recording().attempt(() -> span.addEvent("attempt", attempt));
  }

  void appended(GroupPosition where) {
    instruments.recording().attempt(() -> note(where));
    end();
  }

  private void note(GroupPosition where) {
    long lastOpId = where.last().getOpId();
    span.setAttribute(TraceNames.OPERATION_ID, where.firstOpId());
    if (operations == 1) {
      span.setAttribute(TraceNames.MESSAGE_ID, Long.toString(where.firstOpId()));
    } else {
      span.setAttribute(TraceNames.LAST_OPERATION_ID, lastOpId);
    }
    if (where.duplicate()) {
      span.setAttribute(TraceNames.DUPLICATE, true);
    }
  }

  void failed(SwarmlogException why) {
    instruments.recording().attempt(() -> note(why));
    end();
  }

  private void note(SwarmlogException why) {
    span.setAttribute(TraceNames.ERROR_TYPE, why.failure().name());
    if (why instanceof OutcomeUnknownException) {
      span.setAttribute(TraceNames.OUTCOME_UNKNOWN, true);
    }
    span.setStatus(StatusCode.ERROR, String.valueOf(why.getMessage()));
  }

  private void end() {
    instruments.recording().attempt(span::end);
    instruments.answered(destination, System.nanoTime() - startedNs, context);
  }
}
