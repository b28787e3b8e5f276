package dev.swarmlog.sdk;

/**
 * What a producer may send again because it was refused: one retry for ten groups that were
 * appended, ten from the start, and never more than a hundred saved up. So a coordinator that
 * refuses much is not given much more to refuse. See "Handling Overload" in Site Reliability
 * Engineering, 2016. Pure, not thread-safe.
 */
final class RetryBudget {
  static final int PER_RETRY = 10;
  static final int AT_FIRST = 10;
  static final int MOST = 100;

  // In tenths of a retry: 0 <= saved <= MOST * PER_RETRY.
  private int saved = AT_FIRST * PER_RETRY;

  /** A group was appended. */
  void succeeded() {
    saved = Math.min(MOST * PER_RETRY, saved + 1);
  }

  /** Takes one retry; false if there is none. */
  boolean take() {
    if (saved < PER_RETRY) {
      return false;
    }
    saved -= PER_RETRY;
    return true;
  }
}
