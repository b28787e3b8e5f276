package dev.swarmlog.sdk;

import java.util.random.RandomGenerator;

/** Always the same part of the range, so that delays can be foretold. Thread-safe. */
final class FractionRandom implements RandomGenerator {
  private final double fraction;

  /**
   * A generator of this part of any range.
   *
   * @param fraction from 0 up to and without 1
   * @throws IllegalArgumentException if it is not
   */
  FractionRandom(double fraction) {
    if (!(fraction >= 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "Expected a fraction from 0 up to and without 1, but got " + fraction);
    }
    this.fraction = fraction;
  }

  @Override
  public long nextLong(long bound) {
    return (long) Math.floor(fraction * bound);
  }

  @Override
  public int nextInt(int bound) {
    return (int) nextLong(bound);
  }

  @Override
  public double nextDouble() {
    return fraction;
  }

  @Override
  public long nextLong() {
    // The range of all longs, seen as unsigned.
    return Math.round((fraction - 0.5) * 0x1p64);
  }
}
