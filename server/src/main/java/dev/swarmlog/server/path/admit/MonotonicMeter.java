package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.TimeSource;
import io.github.bucket4j.TimeMeter;

/** The injected monotonic clock, as buckets read it. */
record MonotonicMeter(TimeSource time) implements TimeMeter {

  @Override
  public long currentTimeNanos() {
    return time.monotonicNs();
  }

  @Override
  public boolean isWallClockBased() {
    return false;
  }
}
