package dev.swarmlog.sdk;

import java.time.Duration;

/**
 * A circuit breaker for the handler of one lane: opens when it refuses nearly everything, so that
 * an agent whose database is away does not refuse, and in the end park, all there is. While it is
 * open the lane waits; then one operation is tried. See "Circuit Breaker" in Release It!, M.
 * Nygard.
 *
 * <pre>
 *            8 of 10, 16 of 20 failed          wait is over             applied
 *   CLOSED ----------------------------> OPEN -----------> HALF_OPEN ---------> CLOSED
 *                                         ^                    |
 *                                         +--- failed, wait x2 +
 * </pre>
 *
 * Counts, and no clock: its owner waits. Pure, not thread-safe. Why it is our own: ADR 0023.
 */
final class HandlerBreaker {
  static final int WINDOW = 20;
  static final int LEAST = 10;
  static final int FAILED_PERCENT = 80;
  static final Duration FIRST_WAIT = Duration.ofSeconds(5);
  static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

  private enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private final Backoff jitter;
  private State state = State.CLOSED;
  // Bit i: the outcome before the last i was a failure. outcomes <= WINDOW.
  private int failures;
  private int outcomes;
  private int openings;

  HandlerBreaker(Backoff jitter) {
    this.jitter = jitter;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  /** So many operations were applied. */
  void applied(int operations) {
    if (operations > 0 && state == State.HALF_OPEN) {
      state = State.CLOSED;
      openings = 0;
      outcomes = 0;
      failures = 0;
      jitter.reset();
    }
    for (int i = 0; i < Math.min(operations, WINDOW); i++) {
      note(0);
    }
  }

  /** One could not be. */
  void failed() {
    note(1);
    boolean tooMany =
        outcomes >= LEAST && Integer.bitCount(failures) * 100 >= outcomes * FAILED_PERCENT;
    if (state == State.HALF_OPEN || (state == State.CLOSED && tooMany)) {
      state = State.OPEN;
      openings++;
    }
  }

  /** How long to wait now, in nanoseconds: 5 s, doubling to 5 min, and jitter. */
  long waitNs() {
    Duration wait = FIRST_WAIT.multipliedBy(1L << Math.min(openings - 1, 10));
    return jitter.nextDelayNs(0, wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT);
  }

  /** The wait is over: the next operation is tried. */
  void probe() {
    if (state == State.OPEN) {
      state = State.HALF_OPEN;
    }
  }

  private void note(int failed) {
    failures = (failures << 1 | failed) & ((1 << WINDOW) - 1);
    outcomes = Math.min(WINDOW, outcomes + 1);
  }
}
