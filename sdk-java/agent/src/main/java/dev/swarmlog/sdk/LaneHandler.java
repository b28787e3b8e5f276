package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Nack;
import dev.swarmlog.v1.Operation;
import io.grpc.Status;
import java.util.BitSet;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs a lane's steps on the executor, one at a time, each once the listener has heard what it has
 * to hear before. {@link #deliver} and {@link #deliverAgain} come from the agent's context and
 * never overlap with a run: the lane waits for the answer before it delivers again.
 */
final class LaneHandler {
  private static final String NOT_COMMITTED =
      "Expected the step to be committed, but the agent stopped before";
  private static final int MAX_MESSAGE_CHARS = ContractConduct.HANDLER.getMaxStatusMessageChars();
  private static final long MAX_DELAY_MS =
      Integer.toUnsignedLong(ContractConduct.HANDLER.getLongestRetryMs());

  /** Where the answer goes; called on the handler thread, or the one that was to start it. */
  interface Answers {
    void applied(Log log, PreparedStep done, AckSpans acks);

    void failed(Log log);

    /** {@code appliedBefore}: operations since the run started or stopped last. */
    void refused(Log log, Nack nack, int appliedBefore);

    void stopped(Failure why);
  }

  private final Log log;
  private final Executor executor;
  private final LaneLedger ledger;
  private final BatchApplication application;
  private final HandlerFailurePolicy policy;
  private final QueuedListener listener;
  private final Answers answers;
  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private final HandlerLog handlerLog;
  private final AgentTracing tracing;

  // Owned by the run under way; handed over by the executor and by the agent's context.
  private @Nullable LaneStep step;
  private @Nullable PreparedStep prepared;
  // Also ended by close.
  private volatile @Nullable StepSpans spans;
  private int next;
  private int attempts;
  private int applied;
  // By index; what comes before, the coordinator has been told of.
  private int untold;
  // Or skipped, by index.
  private BitSet refused = new BitSet();
  private final RetryBudget atOnce = RetryBudget.ofHandlers();
  // Read by the heartbeat and by close.
  private volatile @Nullable Thread runner;
  private volatile long startedNs;

  LaneHandler(
      Log log,
      Executor executor,
      LaneLedger ledger,
      BatchApplication application,
      HandlerFailurePolicy policy,
      QueuedListener listener,
      Answers answers,
      RandomGenerator random,
      LongSupplier nanoTime,
      HandlerLog handlerLog,
      AgentTracing tracing) {
    this.log = log;
    this.executor = executor;
    this.ledger = ledger;
    this.application = application;
    this.policy = policy;
    this.listener = listener;
    this.answers = answers;
    this.random = random;
    this.nanoTime = nanoTime;
    this.handlerLog = handlerLog;
    this.tracing = tracing;
  }

  void deliver(LaneStep delivered) {
    step = delivered;
    prepared = null;
    spans = new StepSpans(tracing, delivered, this::callBegins);
    next = 0;
    attempts = 0;
    applied = 0;
    untold = 0;
    refused = new BitSet();
    deliverAgain();
  }

  /** Hands the step over again, from behind the operation that was refused. */
  void goOn() {
    refused.set(next);
    next++;
    untold = next;
    applied = 0;
    attempts = 0;
    deliverAgain();
  }

  void deliverAgain() {
    listener.whenHeard(this::start);
  }

  private void start() {
    try {
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      answers.stopped(
          Failure.localTerminal(
              "Expected the executor to take handlers, but it was shut down: close agents before their executor",
              e));
    }
  }

  private void callBegins() {
    startedNs = nanoTime.getAsLong();
  }

  /**
   * How long the call of a handler that is under way has been running, in milliseconds; 0 if there
   * is none.
   */
  long runningMs() {
    return runner == null ? 0 : TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - startedNs);
  }

  /** Whether the calling thread is in a handler of this lane. */
  boolean isCurrentThread() {
    return runner == Thread.currentThread();
  }

  private void run() {
    LaneStep delivered = step;
    StepSpans recorded = spans;
    if (delivered == null || recorded == null) {
      throw new IllegalStateException("Expected a step to run, but there is none");
    }
    callBegins();
    runner = Thread.currentThread();
    Answer answer;
    try {
      answer = apply(delivered, recorded);
    } catch (RuntimeException | Error e) {
      answer =
          new Answer.Stopped(
              Failure.localTerminal(
                  e instanceof CursorStoreException
                      ? String.valueOf(e.getMessage())
                      : "Expected the batch to be applied, but " + e,
                  e));
    }
    // Before the answer: that may start the next run, on another thread.
    runner = null;
    if (answer instanceof Answer.Applied applied) {
      answers.applied(log, applied.done(), applied.acks());
    } else if (answer instanceof Answer.Failed) {
      answers.failed(log);
    } else if (answer instanceof Answer.Refused refusal) {
      answers.refused(log, refusal.nack(), refusal.appliedBefore());
    } else if (answer instanceof Answer.Stopped stopped) {
      recorded.abandon(NOT_COMMITTED);
      answers.stopped(stopped.why());
    }
  }

  /** Ends what is recorded of a step that will not be committed. */
  void abandonSpans() {
    StepSpans left = spans;
    if (left != null) {
      left.abandon(NOT_COMMITTED);
    }
  }

  private Answer apply(LaneStep delivered, StepSpans recorded) {
    PreparedStep ready = prepared != null ? prepared : ledger.prepare(delivered);
    prepared = ready;
    while (true) {
      try {
        recorded.begin(next, attempts);
        application.apply(ready, next, recorded);
        atOnce.succeeded(ready.batch().operations().size() - refused.cardinality());
        PreparedStep done = ledger.applied(ready, refused);
        application.commit(done);
        handlerLog.applied(delivered, done);
        return new Answer.Applied(done, recorded.committed());
      } catch (BatchApplication.NotApplied e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        applied += e.index() - next;
        attempts = e.index() == next ? attempts + 1 : 1;
        next = e.index();
        int tried =
            attempts
                + (e.operations().isEmpty() ? 0 : Redelivery.triedBefore(e.operations().get(0)));
        HandlerFailurePolicy.Decision decision =
            feasible(affordable(policy.decide(e.operations(), cause, tried)), ready, e);
        Nack.Builder nack = refuses(decision) ? nack(e.operations().get(0), decision, cause) : null;
        handlerLog.failed(firstOpId(e, delivered), tried, decision, nack, cause);
        listener.handlerFailed(e.operations(), cause, tried, decision);
        switch (decision) {
          case RETRY -> {
            return new Answer.Failed();
          }
          case RETRY_AT_ONCE -> {}
          case RETRY_LATER, PARK -> {
            return new Answer.Refused(
                Objects.requireNonNull(nack)
                    .setAppliedBefore(appliedUntold(delivered, ready))
                    .build(),
                applied);
          }
          case STOP -> {
            return new Answer.Stopped(stopped(e, delivered, cause));
          }
          case SKIP -> {
            next = e.index() + Math.max(1, e.operations().size());
            refused.set(e.index(), next);
            attempts = 0;
          }
        }
      }
    }
  }

  private HandlerFailurePolicy.Decision affordable(HandlerFailurePolicy.Decision decided) {
    return decided == HandlerFailurePolicy.Decision.RETRY_AT_ONCE
            && (attempts > HandlerFailurePolicy.MAX_RETRIES_AT_ONCE || !atOnce.take())
        ? HandlerFailurePolicy.Decision.RETRY_LATER
        : decided;
  }

  /** Only an operation of the log, and known by itself, can be refused. */
  private HandlerFailurePolicy.Decision feasible(
      HandlerFailurePolicy.Decision decided, PreparedStep ready, BatchApplication.NotApplied e) {
    boolean can =
        log != Log.LOG_TELEMETRY && application.singlesOut() && !ready.made().get(e.index());
    return refuses(decided) && !can ? HandlerFailurePolicy.Decision.RETRY : decided;
  }

  private static boolean refuses(HandlerFailurePolicy.Decision decided) {
    return decided == HandlerFailurePolicy.Decision.RETRY_LATER
        || decided == HandlerFailurePolicy.Decision.PARK;
  }

  private Nack.Builder nack(
      Operation operation, HandlerFailurePolicy.Decision decision, Throwable cause) {
    Nack.Builder nack =
        Nack.newBuilder()
            .setLog(log)
            .setOpId(operation.getOpId())
            .setStatus(
                com.google.rpc.Status.newBuilder()
                    .setCode(Status.fromThrowable(cause).getCode().value())
                    .setMessage(cut(cause.toString())));
    if (decision == HandlerFailurePolicy.Decision.PARK) {
      return nack.setReaction(Nack.Reaction.REACTION_PARK);
    }
    long longestMs =
        Math.max(
            1,
            Math.min(
                MAX_DELAY_MS,
                policy.retryLaterIn(1 + Redelivery.triedBefore(operation)).toMillis()));
    return nack.setReaction(Nack.Reaction.REACTION_RETRY)
        .setRetryAfterMs(longestMs - random.nextLong(longestMs / 2 + 1));
  }

  /** As {@link Nack} counts: operations of the lane that came for the first time. */
  private int appliedUntold(LaneStep delivered, PreparedStep ready) {
    if (!(delivered.content() instanceof LaneStep.Delivered)) {
      return 0;
    }
    int count = 0;
    for (int i = untold; i < next; i++) {
      boolean counts =
          !refused.get(i)
              && !ready.made().get(i)
              && !Redelivery.isOne(ready.batch().operations().get(i));
      count += counts ? 1 : 0;
    }
    return count;
  }

  private static String cut(String message) {
    if (message.length() <= MAX_MESSAGE_CHARS) {
      return message;
    }
    boolean splits = Character.isHighSurrogate(message.charAt(MAX_MESSAGE_CHARS - 1));
    return message.substring(0, splits ? MAX_MESSAGE_CHARS - 1 : MAX_MESSAGE_CHARS);
  }

  private Failure stopped(BatchApplication.NotApplied e, LaneStep delivered, Throwable cause) {
    return Failure.localTerminal(
        "Expected the handler to apply operation %d of %s, but it failed %d times and its policy says STOP: %s"
            .formatted(firstOpId(e, delivered), Lanes.name(log), attempts, cause),
        cause);
  }

  private static long firstOpId(BatchApplication.NotApplied e, LaneStep delivered) {
    return e.operations().isEmpty() ? delivered.to().getOpId() : e.operations().get(0).getOpId();
  }

  private sealed interface Answer {
    record Applied(PreparedStep done, AckSpans acks) implements Answer {}

    record Failed() implements Answer {}

    record Refused(Nack nack, int appliedBefore) implements Answer {}

    record Stopped(Failure why) implements Answer {}
  }
}
