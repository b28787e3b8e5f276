package dev.swarmlog.sdk;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Exponential backoff with full jitter: the n-th delay is uniform between 0 and min(30 s, 100 ms x
 * 2^n), so a thousand agents that lost their coordinator together do not come back together. See
 * "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * <p>What succeeded for a stable period starts again from the beginning; what only connected to be
 * thrown out does not. Pure: time and randomness come from outside. Not thread-safe.
 */
final class Backoff {
  static final long MIN_CEILING_NS = Duration.ofMillis(100).toNanos();
  static final long MAX_CEILING_NS = Duration.ofSeconds(30).toNanos();
  static final long STABLE_NS = Duration.ofSeconds(10).toNanos();

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

  /**
   * How long to wait before the next attempt.
   *
   * @param atLeast what the other side asked for; jitter comes on top of it
   */
  long nextDelayNs(long nowNs, @Nullable Duration atLeast) {
    if (succeeded && nowNs - succeededAtNs >= STABLE_NS) {
      attempt = 0;
    }
    succeeded = false;
    long ceilingNs = Math.min(MAX_CEILING_NS, MIN_CEILING_NS << Math.min(attempt, 30));
    attempt++;
    long floorNs = atLeast == null ? 0 : atLeast.toNanos();
    return floorNs + random.nextLong(ceilingNs + 1);
  }
}
