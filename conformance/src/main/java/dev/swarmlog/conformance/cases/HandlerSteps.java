package dev.swarmlog.conformance.cases;

import dev.swarmlog.conformance.log.Notation;
import dev.swarmlog.conformance.scene.CaseFailure;
import dev.swarmlog.conformance.scene.Cut;
import dev.swarmlog.conformance.v1.HandlerFailure;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Steps of the user's handlers. */
final class HandlerSteps {
  private HandlerSteps() {}

  /**
   * From here on, calls of handlers do not return before they are released.
   *
   * @param log only those of this log; null: all
   */
  record Hold(@Nullable String log) implements Step {
    @Override
    public void run(Stage stage) {
      stage.scene.change(() -> stage.desk.hold(log == null ? null : Notation.log(log)));
    }
  }

  /** A handler is called with these operations, and does not return. */
  record Held(List<String> operations) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      List<String> expected = operations.stream().map(Notation::text).toList();
      HandlerDesk.Held call =
          stage.scene.await("a call with " + expected, () -> stage.desk.oldest());
      List<String> got = call.call().getOperationsList().stream().map(Notation::text).toList();
      if (!got.equals(expected)) {
        throw stage.scene.failure(
            "Expected a call with %s, but got one with %s".formatted(expected, got));
      }
    }
  }

  /**
   * Calls return.
   *
   * @param one the oldest only; false: all, and those that come
   */
  record Release(boolean one) implements Step {
    @Override
    public void run(Stage stage) {
      stage.scene.change(one ? stage.desk::releaseOne : stage.desk::release);
    }
  }

  /**
   * Calls with an operation fail.
   *
   * @param decision what the failure policy says: retry, retry_later, park, skip, stop; by default
   *     the SDK's own
   * @param times how often; 0: until "mend"
   */
  record Fail(long op, @Nullable String decision, int times) implements Step {
    @Override
    public void run(Stage stage) {
      HandlerFailure failure =
          HandlerFailure.newBuilder()
              .setMessage("the case has it fail")
              .setDecision(
                  HandlerFailure.Decision.valueOf(
                      "DECISION_"
                          + (decision == null ? "unspecified" : decision).toUpperCase(Locale.ROOT)))
              .build();
      stage.scene.change(() -> stage.desk.fail(op, failure, times));
    }
  }

  /** No call fails any more. */
  record Mend() implements Step {
    @Override
    public void run(Stage stage) {
      stage.scene.change(stage.desk::mend);
    }
  }

  /** The operation need not take effect: the user's policy let it go. */
  record Excuse(List<Long> ops) implements Step {
    @Override
    public void run(Stage stage) {
      stage.scene.change(
          () -> ops.forEach(op -> stage.effects.excuse(dev.swarmlog.v1.Log.LOG_MAIN, op)));
    }
  }

  /** These take effect next, in this order. */
  record Applied(List<String> operations) implements Step {
    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      List<String> expected = operations.stream().map(Notation::text).toList();
      List<String> got =
          stage.scene.await(
              expected + " to take effect", () -> stage.effects.take(expected.size()));
      if (!got.equals(expected)) {
        throw stage.scene.failure(
            "Expected %s to take effect, but it was %s".formatted(expected, got));
      }
    }
  }

  /**
   * The trace context that was current in the call with an operation.
   *
   * @param recorded true: a span of the operation's own trace, and sampled; false: none that is
   *     both
   */
  record Traced(long op, boolean recorded) implements Step {
    private static final int TRACE_ID_BEGIN = 3;
    private static final int TRACE_ID_END = 35;

    @Override
    public void run(Stage stage) throws CaseFailure, Cut {
      String current =
          stage.scene.await("a call with operation " + op, () -> stage.effects.traceparent(op));
      String published =
          stage.scene.look(
              () -> stage.log.operation(dev.swarmlog.v1.Log.LOG_MAIN, op).getTraceparent());
      boolean same =
          current.length() >= TRACE_ID_END
              && published
                  .substring(TRACE_ID_BEGIN, TRACE_ID_END)
                  .equals(current.substring(TRACE_ID_BEGIN, TRACE_ID_END))
              && current.endsWith("1");
      if (same != recorded) {
        throw stage.scene.failure(
            "Expected the handler of %d to run %s, but the current context is '%s'"
                .formatted(
                    op,
                    recorded ? "in a span of the trace " + published : "without being recorded",
                    current));
      }
    }
  }
}
