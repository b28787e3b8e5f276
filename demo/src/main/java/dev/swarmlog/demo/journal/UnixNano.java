package dev.swarmlog.demo.journal;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Wall-clock time as the contract writes it: nanoseconds since 1970-01-01T00:00:00Z. */
public final class UnixNano {
  private UnixNano() {}

  public static long of(Instant instant) {
    return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
  }

  public static long now() {
    return of(Instant.now());
  }
}
