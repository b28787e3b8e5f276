package dev.swarmlog.sdk;

import dev.swarmlog.conformance.v1.HandlerFailure;
import dev.swarmlog.v1.Operation;
import java.util.List;

/** What a handler throws when the suite wants it to fail. */
final class NotHandled extends Exception {
  private static final long serialVersionUID = 1L;

  private final HandlerFailure.Decision decision;

  NotHandled(HandlerFailure failure) {
    super(failure.getMessage());
    this.decision = failure.getDecision();
  }

  /** The policy under which each failure is treated as the suite says with it. */
  static HandlerFailurePolicy policy() {
    HandlerFailurePolicy byDefault = HandlerFailurePolicy.retryLater();
    return (operations, failure, attempts) ->
        failure instanceof NotHandled known
            ? known.decide(byDefault, operations, attempts)
            : byDefault.decide(operations, failure, attempts);
  }

  private HandlerFailurePolicy.Decision decide(
      HandlerFailurePolicy byDefault, List<Operation> operations, int attempts) {
    return switch (decision) {
      case DECISION_UNSPECIFIED, UNRECOGNIZED -> byDefault.decide(operations, this, attempts);
      case DECISION_RETRY -> HandlerFailurePolicy.Decision.RETRY;
      case DECISION_RETRY_LATER -> HandlerFailurePolicy.Decision.RETRY_LATER;
      case DECISION_PARK -> HandlerFailurePolicy.Decision.PARK;
      case DECISION_SKIP -> HandlerFailurePolicy.Decision.SKIP;
      case DECISION_STOP -> HandlerFailurePolicy.Decision.STOP;
    };
  }
}
