package dev.swarmlog.sdk;

/**
 * What may be tried again because it failed or was refused: one retry for so many successes, a few
 * from the start, and never more than a bound saved up. So what fails much is not given much more
 * to fail. See "Handling Overload" in Site Reliability Engineering, 2016. Pure, not thread-safe.
 */
final class RetryBudget {
  private final int perRetry;
  private final int most;
  // In successes: 0 <= saved <= most * perRetry.
  private int saved;

  private RetryBudget(int perRetry, int atFirst, int most) {
    this.perRetry = perRetry;
    this.most = most;
    this.saved = atFirst * perRetry;
  }

  /** One retry for ten groups that were appended; 10 from the start, 100 at most. */
  static RetryBudget ofProducers() {
    return new RetryBudget(
        ContractConduct.PUBLISHER.getSuccessesPerRetry(),
        ContractConduct.PUBLISHER.getFirstRetries(),
        ContractConduct.PUBLISHER.getMostRetries());
  }

  /** One retry for two operations that were applied; 10 from the start, 20 at most. */
  static RetryBudget ofHandlers() {
    return new RetryBudget(
        ContractConduct.HANDLER.getSuccessesPerRetry(),
        ContractConduct.HANDLER.getFirstRetries(),
        ContractConduct.HANDLER.getMostRetries());
  }

  /** Something succeeded, so often. */
  void succeeded(int times) {
    saved = Math.min(most * perRetry, saved + Math.min(times, most * perRetry));
  }

  /** Takes one retry; false if there is none. */
  boolean take() {
    if (saved < perRetry) {
      return false;
    }
    saved -= perRetry;
    return true;
  }
}
