package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Exponential backoff with full jitter: the n-th delay is uniform between 0 and min(30 s, 100 ms x
 * 2^n), so a thousand agents that lost their coordinator together do not come back together. After
 * the loss of a session that was established, n begins at 3: uniform between 0 and 800 ms. See
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * <p>What succeeded for a stable period starts again from the beginning; what only connected to be
 * thrown out does not. Pure: time and randomness come from outside. Not thread-safe.
 */
final class Backoff {
  static final long MIN_CEILING_NS =
      ContractConduct.nanos(ContractConduct.BACKOFF.getFirstCeilingMs());
  static final long MAX_CEILING_NS =
      ContractConduct.nanos(ContractConduct.BACKOFF.getLastCeilingMs());
  static final long LEAST_JITTER_NS =
      ContractConduct.nanos(ContractConduct.BACKOFF.getLeastToldJitterMs());
  static final long STABLE_NS = ContractConduct.nanos(ContractConduct.BACKOFF.getStableMs());

  /**
   * Where the ceiling begins after a loss: 800 ms, so that of a thousand agents no more than about
   * 130 come back within any 100 ms, while a single one is back after 400 ms on average.
   */
  private static final int ATTEMPT_AFTER_LOSS = ContractConduct.BACKOFF.getAttemptAfterLoss();

  private static final int TOLD_JITTER_DIVISOR = ContractConduct.BACKOFF.getToldJitterDivisor();

  private final RandomGenerator random;
  private int attempt;
  private boolean succeeded;
  private long succeededAtNs;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /** Things work at this time; the first such moment since the last delay counts. */
  void succeeded(long nowNs) {
    if (!succeeded) {
      succeeded = true;
      succeededAtNs = nowNs;
    }
  }

  /** The next one starts from the beginning. */
  void reset() {
    attempt = 0;
    succeeded = false;
  }

  /** As {@link #nextDelayNs}, where many others may have lost the same thing at this moment. */
  long delayAfterLossNs(long nowNs, @Nullable Duration atLeast) {
    restartIfStable(nowNs);
    attempt = Math.max(attempt, ATTEMPT_AFTER_LOSS);
    return nextDelayNs(nowNs, atLeast);
  }

  /**
   * How long to wait before the next attempt.
   *
   * @param atLeast what the other side asked for; jitter comes on top of it
   */
  long nextDelayNs(long nowNs, @Nullable Duration atLeast) {
    return nanos(atLeast) + random.nextLong(nextCeilingNs(nowNs) + 1);
  }

  /** As {@link #nextDelayNs}, but in the upper half of the interval. */
  long longDelayNs(long nowNs, @Nullable Duration atLeast) {
    long halfNs = nextCeilingNs(nowNs) / 2;
    return nanos(atLeast) + halfNs + random.nextLong(halfNs + 1);
  }

  /**
   * Just what the other side said, and up to a tenth more, so that those who were told the same do
   * not come at once. Not an attempt: the next delay is none the longer for it.
   */
  long toldDelayNs(Duration told) {
    long toldNs = told.toNanos();
    long jitterNs =
        Math.min(MAX_CEILING_NS, Math.max(LEAST_JITTER_NS, toldNs / TOLD_JITTER_DIVISOR));
    return toldNs + random.nextLong(jitterNs + 1);
  }

  /**
   * Any time up to the longest there is: for those who were told to wait by somebody who is not
   * there any more. Not an attempt.
   */
  long anyDelayNs() {
    return random.nextLong(MAX_CEILING_NS + 1);
  }

  private long nextCeilingNs(long nowNs) {
    restartIfStable(nowNs);
    long ceilingNs = Math.min(MAX_CEILING_NS, MIN_CEILING_NS << Math.min(attempt, 30));
    attempt++;
    return ceilingNs;
  }

  private static long nanos(@Nullable Duration atLeast) {
    return atLeast == null ? 0 : atLeast.toNanos();
  }

  private void restartIfStable(long nowNs) {
    if (succeeded && nowNs - succeededAtNs >= STABLE_NS) {
      attempt = 0;
    }
    succeeded = false;
  }
}
