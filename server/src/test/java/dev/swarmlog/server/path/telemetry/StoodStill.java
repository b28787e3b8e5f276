package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.server.TimeSource;

/** Nothing expires. */
final class StoodStill implements TimeSource {

  @Override
  public long unixNs() {
    return 0;
  }

  @Override
  public long monotonicNs() {
    return 0;
  }
}
