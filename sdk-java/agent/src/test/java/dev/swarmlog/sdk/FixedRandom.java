package dev.swarmlog.sdk;

import java.util.random.RandomGenerator;

/** No jitter: always the longest delay. */
final class FixedRandom implements RandomGenerator {
  @Override
  public long nextLong() {
    return 0;
  }

  @Override
  public long nextLong(long bound) {
    return bound - 1;
  }
}
