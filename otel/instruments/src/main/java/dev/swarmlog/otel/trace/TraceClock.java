package dev.swarmlog.otel.trace;

/**
 * Tells the wall time of moments that were noted on a monotonic clock. May be used by any thread.
 */
public interface TraceClock {

  /** Now, on the monotonic clock, in nanoseconds. */
  long nowNs();

  /** Now, in nanoseconds since 1970-01-01T00:00:00Z. */
  long nowUnixNs();
}
