package dev.swarmlog.sdk;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

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
 * Has no clock: its owner waits, and says when the wait is over. Not thread-safe.
 */
final class HandlerBreaker {
  static final int WINDOW = ContractConduct.HANDLER.getBreakerWindow();
  static final int LEAST = ContractConduct.HANDLER.getBreakerLeast();
  static final int FAILED_PERCENT = ContractConduct.HANDLER.getBreakerFailedPercent();
  static final Duration FIRST_WAIT =
      ContractConduct.duration(ContractConduct.HANDLER.getBreakerFirstWaitMs());
  static final Duration LONGEST_WAIT =
      ContractConduct.duration(ContractConduct.HANDLER.getBreakerLastWaitMs());

  private static final CircuitBreakerConfig CONFIG =
      CircuitBreakerConfig.custom()
          .slidingWindow(WINDOW, LEAST, SlidingWindowType.COUNT_BASED)
          .failureRateThreshold(FAILED_PERCENT)
          .permittedNumberOfCallsInHalfOpenState(1)
          .writableStackTraceEnabled(false)
          .build();
  private static final Exception FAILED = new Exception("failed");

  private final Backoff jitter;
  private final CircuitBreaker breaker = CircuitBreaker.of("handler", CONFIG);
  // Since it was closed last.
  private int openings;

  HandlerBreaker(Backoff jitter) {
    this.jitter = jitter;
  }

  boolean isOpen() {
    return breaker.getState() == State.OPEN;
  }

  /** So many operations were applied. */
  void applied(int operations) {
    State before = breaker.getState();
    for (int i = 0; i < Math.min(operations, WINDOW); i++) {
      breaker.onSuccess(0, TimeUnit.NANOSECONDS);
    }
    if (before == State.HALF_OPEN && breaker.getState() == State.CLOSED) {
      openings = 0;
      jitter.reset();
    }
  }

  /** One could not be. */
  void failed() {
    boolean wasOpen = isOpen();
    breaker.onError(0, TimeUnit.NANOSECONDS, FAILED);
    if (!wasOpen && isOpen()) {
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
    if (isOpen()) {
      breaker.transitionToHalfOpenState();
    }
  }
}
