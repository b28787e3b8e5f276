package dev.swarmlog.server.path.admit;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.EstimationProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.local.SynchronizationStrategy;
import java.time.Duration;

/**
 * A bucket of operations or of bytes, full at first. Not thread-safe: it belongs to the lock of its
 * {@link SwarmGate}.
 *
 * <p>Bucket4j fills at most one token per nanosecond. Where a rate is higher than that, a token
 * stands for {@value #COARSE} bytes, and what is left of the last one is kept for the next taker.
 */
final class TokenBucket {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final long MAX_TOKENS_PER_SECOND = SECOND.toNanos();
  private static final int COARSE = 1_024;

  private final TimeMeter meter;
  private Rate rate;
  private Bucket bucket;

  /** What a token stands for. */
  private long unit;

  /** Left of the last token; less than a unit. */
  private long left;

  TokenBucket(Rate rate, TimeMeter meter) {
    this.meter = meter;
    this.rate = rate;
    this.unit = unit(rate);
    this.bucket = bucket(rate, tokens(rate));
  }

  Rate rate() {
    return rate;
  }

  /**
   * Fills by another rate from now on. What it holds stays, up to the new burst: a lower limit
   * takes back nothing that has passed, and a higher one gives nothing away.
   */
  void change(Rate other) {
    if (other.equals(rate)) {
      return;
    }
    if (unit(other) == unit) {
      bucket.replaceConfiguration(configuration(other), TokensInheritanceStrategy.AS_IS);
    } else {
      long held = bucket.getAvailableTokens() * unit + left;
      unit = unit(other);
      left = 0;
      bucket = bucket(other, Math.min(tokens(other), held / unit));
    }
    rate = other;
  }

  /** In what time there is so much; 0 for now. At most the burst is ever there. */
  long waitNs(long amount) {
    long tokens = missing(amount);
    if (tokens == 0) {
      return 0;
    }
    EstimationProbe probe = bucket.estimateAbilityToConsume(tokens);
    // What is missing may be less than comes in a nanosecond.
    return probe.canBeConsumed() ? 0 : Math.max(1, probe.getNanosToWaitForRefill());
  }

  /** In what time so much has been there, one after the other; 0 for now. */
  long queueNs(long amount) {
    double missing = amount - left - (double) bucket.getAvailableTokens() * unit;
    return missing <= 0 ? 0 : (long) (missing / rate.perSecond() * SECOND.toNanos());
  }

  /** Takes what is there. */
  void take(long amount) {
    long tokens = missing(amount);
    if (tokens > 0 && !bucket.tryConsume(tokens)) {
      throw new IllegalStateException(
          "Expected %d to be there, but they are not".formatted(amount));
    }
    left += tokens * unit - amount;
  }

  boolean full() {
    return bucket.getAvailableTokens() >= tokens(rate);
  }

  private long missing(long amount) {
    return amount <= left ? 0 : (amount - left + unit - 1) / unit;
  }

  private Bucket bucket(Rate filledBy, long held) {
    return Bucket.builder()
        .addLimit(
            limit ->
                limit
                    .capacity(tokens(filledBy))
                    .refillGreedy(filledBy.perSecond() / unit, SECOND)
                    .initialTokens(held))
        .withCustomTimePrecision(meter)
        .withSynchronizationStrategy(SynchronizationStrategy.NONE)
        .build();
  }

  private BucketConfiguration configuration(Rate filledBy) {
    return BucketConfiguration.builder()
        .addLimit(
            limit ->
                limit.capacity(tokens(filledBy)).refillGreedy(filledBy.perSecond() / unit, SECOND))
        .build();
  }

  /** How many it holds; one less of the coarse ones, as some of one may be left beside them. */
  private static long tokens(Rate rate) {
    long unit = unit(rate);
    return unit == 1 ? rate.burst() : rate.burst() / unit - 1;
  }

  private static long unit(Rate rate) {
    return rate.perSecond() > MAX_TOKENS_PER_SECOND ? COARSE : 1;
  }
}
