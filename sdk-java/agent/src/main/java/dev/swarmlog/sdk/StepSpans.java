package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * The spans of one {@link LaneStep}: of what is applied of it, until that is committed. Handlers
 * run inside them. Belongs to the lane's handler run; {@link #abandon} may be called by anyone.
 *
 * <p>Where nobody records anything, handlers run inside the trace of the publish all the same, as
 * the application may have spans without the SDK having some.
 */
final class StepSpans {
  /** A call of a user's handler. */
  interface Call {
    void run() throws Exception;
  }

  private record Open(Operation operation, Span span) {}

  private final AgentTracing tracing;
  private final Instruments instruments;
  private final Recording recording;
  private final LaneStep step;
  private final Runnable callBegins;
  private final TraceChoice choice;
  private final boolean records;
  // Where the run begins, and how often that was tried before.
  private int from;
  private int triedBefore;
  // All guarded by this: what is applied, and not committed.
  private final List<Open> open = new ArrayList<>();
  private Span repair = Span.getInvalid();

  /**
   * Spans of a step.
   *
   * @param callBegins told each time that a handler is about to be called, by its thread
   */
  StepSpans(AgentTracing tracing, LaneStep step, Runnable callBegins) {
    this.tracing = tracing;
    this.instruments = tracing.instruments();
    this.recording = instruments.recording();
    this.step = step;
    this.callBegins = callBegins;
    this.choice =
        step.content() instanceof LaneStep.Delivered delivered
            ? delivered.traced()
            : TraceChoice.NONE;
    this.records = instruments.traces() || instruments.measures();
  }

  /** A run begins. */
  synchronized void begin(int from, int triedBefore) {
    this.from = from;
    this.triedBefore = triedBefore;
    if (step.content() instanceof LaneStep.Repaired repaired
        && instruments.traces()
        && !repair.getSpanContext().isValid()) {
      repair = tracing.repair(step.log(), repaired.repair(), triedBefore + 1);
    }
  }

  /** Calls the handler of one operation. */
  void handle(OperationHandler handler, Operation operation, int index) throws Exception {
    callBegins.run();
    if (!records) {
      handleUnrecorded(handler, operation);
      return;
    }
    int attempt = 1 + (index == from ? triedBefore : 0);
    SpanContext published = TraceContext.spanContext(operation);
    Span span =
        instruments.traces() && choice.takes(operation.getOpId(), published)
            ? tracing.apply(
                step.log(), operation, published, attempt + Redelivery.triedBefore(operation))
            : Span.getInvalid();
    if (attempt == 1) {
      instruments.consumed(operation.getTopic());
    }
    List<Open> spans =
        span.getSpanContext().isValid() ? List.of(new Open(operation, span)) : List.of();
    call(
        () -> handler.handle(operation),
        List.of(operation),
        spans,
        context(operation, published, span),
        attempt + Redelivery.triedBefore(operation));
  }

  private void handleUnrecorded(OperationHandler handler, Operation operation) throws Exception {
    if (operation.getTraceparent().isEmpty()) {
      handler.handle(operation);
      return;
    }
    SpanContext published = TraceContext.spanContext(operation);
    try (Scope ignored = context(operation, published, Span.getInvalid()).makeCurrent()) {
      handler.handle(operation);
    }
  }

  /** Calls what applies a whole batch. */
  void handle(Call handler, List<Operation> operations) throws Exception {
    callBegins.run();
    if (!records) {
      handler.run();
      return;
    }
    List<Open> spans = new ArrayList<>();
    if (instruments.traces()) {
      for (Operation operation : operations) {
        SpanContext published = TraceContext.spanContext(operation);
        if (choice.takes(operation.getOpId(), published)) {
          spans.add(
              new Open(
                  operation, tracing.apply(step.log(), operation, published, triedBefore + 1)));
        }
      }
    }
    if (triedBefore == 0) {
      operations.forEach(operation -> instruments.consumed(operation.getTopic()));
    }
    Span current = spans.size() == 1 ? spans.get(0).span() : repair;
    call(
        handler,
        operations,
        spans,
        current.getSpanContext().isValid() ? Context.current().with(current) : Context.current(),
        triedBefore + 1);
  }

  private void call(
      Call handler, List<Operation> operations, List<Open> spans, Context context, int attempt)
      throws Exception {
    long startedNs = System.nanoTime();
    try (Scope ignored = context.makeCurrent()) {
      handler.run();
    } catch (Exception | Error e) {
      failed(operations, spans, attempt, System.nanoTime() - startedNs, e);
      throw e;
    } finally {
      if (instruments.measures() && !operations.isEmpty()) {
        instruments.processed(
            TraceNames.destination(operations, step.log()), System.nanoTime() - startedNs, context);
      }
    }
    synchronized (this) {
      open.addAll(spans);
    }
  }

  /** Once the step is committed, what was applied of it is. */
  synchronized AckSpans committed() {
    recording.attempt(repair::end);
    repair = Span.getInvalid();
    List<Span> acks = new ArrayList<>(open.size());
    for (Open applied : open) {
      recording.attempt(applied.span()::end);
      if (step.log() != Log.LOG_TELEMETRY && applied.span().getSpanContext().isSampled()) {
        acks.add(tracing.ack(step.log(), applied.operation(), applied.span()));
      }
    }
    open.clear();
    return new AckSpans(recording, acks);
  }

  /** The step will not be committed, or not in this run of the agent. */
  synchronized void abandon(String why) {
    open.forEach(applied -> abandon(applied.span(), why));
    open.clear();
    abandon(repair, why);
    repair = Span.getInvalid();
  }

  private void abandon(Span span, String why) {
    recording.attempt(
        () -> {
          span.setStatus(StatusCode.ERROR, why);
          span.end();
        });
  }

  private synchronized void failed(
      List<Operation> operations, List<Open> spans, int attempt, long elapsedNs, Throwable cause) {
    if (!instruments.traces()) {
      return;
    }
    boolean recorded = repair.isRecording();
    end(repair, cause);
    repair = Span.getInvalid();
    for (Open failed : spans) {
      recorded |= failed.span().isRecording();
      end(failed.span(), cause);
    }
    if (!recorded) {
      end(tracing.failure(step.log(), operations, attempt, elapsedNs), cause);
    }
  }

  private void end(Span span, Throwable cause) {
    recording.attempt(
        () -> {
          span.recordException(cause);
          span.setAttribute(TraceNames.ERROR_TYPE, cause.getClass().getName());
          span.setStatus(StatusCode.ERROR, String.valueOf(cause.getMessage()));
          span.end();
        });
  }

  private Context context(Operation operation, SpanContext published, Span span) {
    if (span.getSpanContext().isValid()) {
      return Context.current().with(span);
    }
    if (repair.getSpanContext().isValid()) {
      return Context.current().with(repair);
    }
    return published.isValid()
        ? Context.current().with(Span.wrap(choice.seenByHandler(operation.getOpId(), published)))
        : Context.current();
  }
}
