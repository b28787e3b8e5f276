package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.TimeSource;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Time that never goes back and says nothing of the hour, for libraries that want a clock. */
final class MonotonicClock extends Clock {

  private final TimeSource time;

  MonotonicClock(TimeSource time) {
    this.time = time;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochSecond(0, time.monotonicNs());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
