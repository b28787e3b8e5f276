package dev.swarmlog.sdk;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Lets so many failures a second through that are recorded although nobody chose them, and counts
 * the others: an agent that fails at everything must not flood where traces are kept. Thread-safe.
 */
final class ErrorBound {
  static final int MAX_PER_SECOND = 10;

  private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

  // All guarded by this.
  private long secondBeganNs;
  private int let;
  private long leftOut;

  /**
   * Asks for one failure.
   *
   * @param nowNs a clock that never goes back
   * @return how many were left out since one was let through; empty if this one is to be left out
   */
  synchronized OptionalLong take(long nowNs) {
    if (let == 0 || nowNs - secondBeganNs >= SECOND_NS) {
      secondBeganNs = nowNs;
      let = 0;
    }
    if (let == MAX_PER_SECOND) {
      leftOut++;
      return OptionalLong.empty();
    }
    let++;
    long before = leftOut;
    leftOut = 0;
    return OptionalLong.of(before);
  }
}
