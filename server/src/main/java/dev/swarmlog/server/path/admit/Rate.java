package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.RateLimit;
import org.jspecify.annotations.Nullable;

/**
 * What one token bucket is filled by, and what it holds.
 *
 * @param perSecond tokens that flow in, evenly
 * @param burst tokens it holds; at least a tenth of a second's worth, so that a timer that comes a
 *     few milliseconds late lets nothing run over
 */
record Rate(long perSecond, long burst) {

  static final long MIN_OPERATIONS = 1;
  static final long MAX_OPERATIONS = 1_000_000_000L;
  static final long MIN_BYTES = 1_024;
  static final long MAX_BYTES = 1_000_000_000_000L;

  private static final int SMALLEST_BURSTS_PER_SECOND = 10;

  /**
   * The rate of operations; null if there is none. What lies outside of the bounds was let in by
   * another version, and is taken for the bound.
   */
  static @Nullable Rate ofOperations(RateLimit limit) {
    return limit.hasOperationsPerSecond()
        ? of(
            limit.getOperationsPerSecond(),
            limit.hasOperationsBurst()
                ? limit.getOperationsBurst()
                : limit.getOperationsPerSecond(),
            MIN_OPERATIONS,
            MAX_OPERATIONS)
        : null;
  }

  /** The same of bytes. */
  static @Nullable Rate ofBytes(RateLimit limit) {
    return limit.hasBytesPerSecond()
        ? of(
            limit.getBytesPerSecond(),
            limit.hasBytesBurst() ? limit.getBytesBurst() : limit.getBytesPerSecond(),
            MIN_BYTES,
            MAX_BYTES)
        : null;
  }

  /** The smallest burst that goes with a rate. */
  static long smallestBurst(long perSecond) {
    return (perSecond + SMALLEST_BURSTS_PER_SECOND - 1) / SMALLEST_BURSTS_PER_SECOND;
  }

  private static Rate of(long perSecond, long burst, long min, long max) {
    long rate = within(perSecond, min, max);
    return new Rate(rate, Math.max(within(burst, min, max), smallestBurst(rate)));
  }

  /** The numbers of the wire have no sign. */
  private static long within(long value, long min, long max) {
    return Long.compareUnsigned(value, max) > 0 ? max : Math.max(value, min);
  }
}
