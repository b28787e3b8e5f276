package dev.swarmlog.server;

/**
 * The two clocks of the coordinator, injected so that tests and simulations can step them.
 *
 * <p>May be called from any thread.
 */
public interface TimeSource {

  /**
   * Wall clock, in nanoseconds since 1970-01-01T00:00:00Z. May jump. For people and for stamping,
   * never for waiting.
   */
  long unixNs();

  /** Monotonic clock, in nanoseconds since an arbitrary moment. Only differences mean something. */
  long monotonicNs();
}
