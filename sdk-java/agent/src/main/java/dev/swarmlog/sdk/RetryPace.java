package dev.swarmlog.sdk;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When a producer sends again, or comes back. What the coordinator says of this publisher alone
 * ({@link Failure#waitTold}) is obeyed to the letter; everything else follows the {@link Backoff},
 * and beyond the {@link RetryBudget} its upper half. Pure, not thread-safe.
 */
final class RetryPace {
  private final Backoff backoff;
  private final RetryBudget budget = new RetryBudget();

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
    budget.succeeded();
  }

  /**
   * How long to wait after a group was refused. Those behind it are no retries of their own: they
   * were refused for it.
   */
  long afterRefusalNs(Failure why, long nowNs) {
    Duration told = why.waitTold();
    if (told != null) {
      return backoff.toldDelayNs(told);
    }
    return budget.take()
        ? backoff.nextDelayNs(nowNs, why.retryAfter())
        : backoff.longDelayNs(nowNs, why.retryAfter());
  }

  /**
   * How long to wait before another stream is opened.
   *
   * @param lost whether the one before had been welcomed
   */
  long afterEndNs(Failure why, boolean lost, long nowNs) {
    @Nullable Duration told = why.waitTold();
    if (told != null) {
      return backoff.toldDelayNs(told);
    }
    return lost
        ? backoff.delayAfterLossNs(nowNs, why.retryAfter())
        : backoff.nextDelayNs(nowNs, why.retryAfter());
  }
}
