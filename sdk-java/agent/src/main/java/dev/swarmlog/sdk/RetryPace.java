package dev.swarmlog.sdk;

import java.time.Duration;

/**
 * When a producer sends again, or comes back. What the coordinator says of this publisher alone
 * ({@link Failure#waitTold}) is obeyed to the letter; everything else follows the {@link Backoff},
 * and its upper half beyond the {@link RetryBudget} and while the {@link PublishBreaker} is open.
 * Pure, not thread-safe.
 */
final class RetryPace {
  private final Backoff backoff;
  private final RetryBudget budget = RetryBudget.ofProducers();

  RetryPace(Backoff backoff) {
    this.backoff = backoff;
  }

  /** A stream is open. */
  void welcomed(long nowNs) {
    backoff.succeeded(nowNs);
  }

  /** A group was appended. */
  void appended(long nowNs) {
    backoff.succeeded(nowNs);
    budget.succeeded(1);
  }

  /**
   * How long to wait after a group was refused. Those behind it are no retries of their own: they
   * were refused for it.
   *
   * @param open whether the breaker is
   */
  long afterRefusalNs(Failure why, boolean open, long nowNs) {
    Duration told = why.waitTold();
    if (told != null) {
      return backoff.toldDelayNs(told);
    }
    return !open && budget.take()
        ? backoff.nextDelayNs(nowNs, why.retryAfter())
        : backoff.longDelayNs(nowNs, why.retryAfter());
  }

  /**
   * How long to wait before another stream is opened.
   *
   * @param lost whether the one before had been welcomed
   * @param open whether the breaker is
   */
  long afterEndNs(Failure why, boolean lost, boolean open, long nowNs) {
    Duration told = why.waitTold();
    if (told != null) {
      return backoff.toldDelayNs(told);
    }
    if (open) {
      return backoff.longDelayNs(nowNs, why.retryAfter());
    }
    return lost
        ? backoff.delayAfterLossNs(nowNs, why.retryAfter())
        : backoff.nextDelayNs(nowNs, why.retryAfter());
  }
}
