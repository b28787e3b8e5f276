package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Topic;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** The spans of an agent, each as it begins. Thread-safe. */
final class AgentTracing {
  /** Of a batch that failed, so many operations are named at most. */
  static final int MAX_LINKS = 32;

  private final Instruments instruments;
  private final String agent;
  private final ErrorBound errors = new ErrorBound();

  AgentTracing(Instruments instruments, String agent) {
    this.instruments = instruments;
    this.agent = agent;
  }

  Instruments instruments() {
    return instruments;
  }

  /** Applying an operation, in the trace that it was published in. */
  Span apply(Log log, Operation operation, SpanContext published, int attempt) {
    return begin(() -> applied(log, operation, published, attempt));
  }

  private SpanBuilder applied(Log log, Operation operation, SpanContext published, int attempt) {
    SpanBuilder builder =
        of(log, TraceNames.APPLY, TraceNames.PROCESS, SpanKind.CONSUMER, operation)
            .setParent(Context.root().with(Span.wrap(published)));
    return attempted(builder, attempt);
  }

  /** Telling the coordinator that an operation is applied. */
  Span ack(Log log, Operation operation, Span applied) {
    return begin(
        () ->
            of(log, TraceNames.ACK, TraceNames.SETTLE, SpanKind.CLIENT, operation)
                .setParent(Context.root().with(applied)));
  }

  /** Mending what drifted, in the coordinator's trace of it. */
  Span repair(Log log, Repair repair, int attempt) {
    return begin(() -> repaired(log, repair, attempt));
  }

  private SpanBuilder repaired(Log log, Repair repair, int attempt) {
    Topic topic = Repairs.scope(repair).getTopic();
    SpanBuilder builder =
        ofAgent(TraceNames.REPAIR, TraceNames.PROCESS, SpanKind.CONSUMER, TraceNames.of(topic), log)
            .setAttribute(TraceNames.TOPIC, TraceNames.of(topic))
            .setParent(
                Context.root()
                    .with(
                        Span.wrap(
                            TraceContext.spanContext(
                                repair.getTraceparent(), repair.getTracestate()))));
    return attempted(builder, attempt);
  }

  /** A sync of a log: a trace of its own. */
  SpanBuilder sync(Log log) {
    return ofAgent(TraceNames.SYNC, TraceNames.RECEIVE, SpanKind.CLIENT, TraceNames.of(log), log)
        .setNoParent();
  }

  /**
   * A failure to apply operations of which none is recorded: a trace of its own, linked with
   * theirs. Only so many a second are recorded.
   *
   * @param operations one, or those of a batch
   * @param elapsedNs since it was tried
   * @return invalid if it is one too many
   */
  Span failure(Log log, List<Operation> operations, int attempt, long elapsedNs) {
    OptionalLong leftOut = errors.take(System.nanoTime());
    return leftOut.isEmpty()
        ? Span.getInvalid()
        : begin(() -> failed(log, operations, attempt, elapsedNs, leftOut.getAsLong()));
  }

  private SpanBuilder failed(
      Log log, List<Operation> operations, int attempt, long elapsedNs, long leftOut) {
    SpanBuilder builder =
        operations.size() == 1
            ? of(log, TraceNames.APPLY, TraceNames.PROCESS, SpanKind.CONSUMER, operations.get(0))
            : ofBatch(log, operations);
    builder.setNoParent().setStartTimestamp(Instant.now().minusNanos(elapsedNs));
    operations.stream()
        .map(TraceContext::spanContext)
        .filter(SpanContext::isValid)
        .distinct()
        .limit(MAX_LINKS)
        .forEach(builder::addLink);
    if (leftOut > 0) {
      builder.setAttribute(TraceNames.ERRORS_LEFT_OUT, leftOut);
    }
    return attempted(builder, attempt);
  }

  private Span begin(Supplier<SpanBuilder> builder) {
    return instruments.recording().begin(() -> builder.get().startSpan());
  }

  private SpanBuilder ofBatch(Log log, List<Operation> operations) {
    return ofAgent(
            TraceNames.APPLY,
            TraceNames.PROCESS,
            SpanKind.CONSUMER,
            TraceNames.destination(operations, log),
            log)
        .setAttribute(TraceNames.MESSAGE_COUNT, operations.size());
  }

  private SpanBuilder of(Log log, String name, String type, SpanKind kind, Operation operation) {
    Topic topic = operation.getTopic();
    return ofAgent(name, type, kind, TraceNames.of(topic), log)
        .setAttribute(TraceNames.TOPIC, TraceNames.of(topic))
        .setAttribute(TraceNames.OPERATION_ID, operation.getOpId())
        .setAttribute(TraceNames.MESSAGE_ID, Long.toString(operation.getOpId()));
  }

  private SpanBuilder ofAgent(
      String name, String type, SpanKind kind, String destination, Log log) {
    return instruments
        .span(name, type, kind, destination)
        .setAttribute(TraceNames.LOG, TraceNames.of(log))
        .setAttribute(TraceNames.AGENT, agent);
  }

  private static SpanBuilder attempted(SpanBuilder builder, int attempt) {
    return attempt > 1 ? builder.setAttribute(TraceNames.ATTEMPT, attempt) : builder;
  }
}
