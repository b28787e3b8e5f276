package dev.swarmlog.server.path.batch;

import dev.swarmlog.server.TimeSource;

/**
 * The clock whose time is stamped into entries: it advances with monotonic time, is slewed towards
 * the wall clock, and never goes back, not across restarts either.
 *
 * <p>A wall clock that jumps moves it by at most {@link #MAX_SLEW_PPM} of the time that really
 * passed. Only the very first reading, of a log without entries, takes the wall clock as it is.
 * Owned by the shard's writer thread.
 */
final class LoggedClock {

  /** Fastest correction, in parts per million of elapsed time: half a millisecond per second. */
  static final long MAX_SLEW_PPM = 500;

  /** A distance from the wall clock that is called a jump. */
  static final long JUMP_NS = 1_000_000_000L;

  private final TimeSource time;
  private long lastUnixNs;
  private long lastMonotonicNs;

  /**
   * A clock that goes on after a logged time.
   *
   * @param lastLoggedUnixNs of the last entry; 0 if there is none
   */
  LoggedClock(TimeSource time, long lastLoggedUnixNs) {
    this.time = time;
    // Time passed while nobody looked: the wall clock is all there is, unless it went back.
    this.lastUnixNs = Math.max(time.unixNs(), lastLoggedUnixNs);
    this.lastMonotonicNs = time.monotonicNs();
  }

  /** The time to stamp. Never before the one stamped last. */
  long nextUnixNs() {
    long monotonicNs = time.monotonicNs();
    long elapsedNs = Math.max(0, monotonicNs - lastMonotonicNs);
    long steadyNs = lastUnixNs + elapsedNs;
    long errorNs = time.unixNs() - steadyNs;
    long maxSlewNs =
        elapsedNs / 1_000_000 * MAX_SLEW_PPM + elapsedNs % 1_000_000 * MAX_SLEW_PPM / 1_000_000;
    long slewNs = Math.max(-maxSlewNs, Math.min(maxSlewNs, errorNs));
    lastUnixNs = steadyNs + slewNs;
    lastMonotonicNs = monotonicNs;
    return lastUnixNs;
  }

  /** How far the wall clock is ahead of the logged clock; beyond {@link #JUMP_NS} it has jumped. */
  long wallClockAheadNs() {
    return time.unixNs() - (lastUnixNs + time.monotonicNs() - lastMonotonicNs);
  }
}
