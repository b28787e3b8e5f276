package dev.swarmlog.server;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The clocks of this machine. */
final class SystemTimeSource implements TimeSource {

  @Override
  public long unixNs() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  @Override
  public long monotonicNs() {
    return System.nanoTime();
  }
}
