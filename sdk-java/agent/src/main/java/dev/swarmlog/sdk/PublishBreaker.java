package dev.swarmlog.sdk;

import dev.swarmlog.v1.ErrorReason;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker for what a producer sends: opens when nothing of it is taken, so that a
 * coordinator that is away, overloaded or refuses it is left alone for a while; then one group is
 * tried. See "Circuit Breaker" in Release It!, M. Nygard.
 *
 * <pre>
 *            5 failed in a row,
 *            or BREAKER_OPEN             wait is over             answered
 *   CLOSED -----------------------> OPEN -----------> HALF_OPEN ---------> CLOSED
 *                                    ^                    |
 *                                    +------ failed ------+
 * </pre>
 *
 * Has no clock: its owner waits as {@link RetryPace} says, and says when the wait is over. Not
 * thread-safe.
 */
final class PublishBreaker {
  static final int IN_A_ROW = ContractConduct.PUBLISHER.getBreakerFailuresInARow();

  private static final CircuitBreakerConfig CONFIG =
      CircuitBreakerConfig.custom()
          .slidingWindow(IN_A_ROW, IN_A_ROW, SlidingWindowType.COUNT_BASED)
          .failureRateThreshold(100)
          .permittedNumberOfCallsInHalfOpenState(1)
          .writableStackTraceEnabled(false)
          .build();
  private static final Exception FAILED = new Exception("failed");

  /** Hears of each change. Must not block. */
  interface Listener {
    /**
     * It is open, tries a group, or is closed again.
     *
     * @param why the last failure; null if it is closed
     * @param forNs how long nothing is sent from now on; 0 unless it is open
     */
    void breakerChanged(PublisherState.Breaker changed, @Nullable Failure why, long forNs);
  }

  private final Listener listener;
  private final CircuitBreaker breaker = CircuitBreaker.of("publisher", CONFIG);
  private @Nullable Failure last;

  PublishBreaker(Listener listener) {
    this.listener = listener;
  }

  PublisherState.Breaker state() {
    return switch (breaker.getState()) {
      case OPEN -> PublisherState.Breaker.OPEN;
      case HALF_OPEN -> PublisherState.Breaker.HALF_OPEN;
      default -> PublisherState.Breaker.CLOSED;
    };
  }

  boolean isOpen() {
    return state() == PublisherState.Breaker.OPEN;
  }

  /** The coordinator took something, or refused it for its own sake. */
  void answered() {
    PublisherState.Breaker before = state();
    breaker.onSuccess(0, TimeUnit.NANOSECONDS);
    if (state() != before) {
      listener.breakerChanged(state(), null, 0);
    }
  }

  /** Something was refused that another try may not be, or the stream ended. */
  void failed(Failure why) {
    last = why;
    breaker.onError(0, TimeUnit.NANOSECONDS, FAILED);
    if (why.reason() == ErrorReason.ERROR_REASON_BREAKER_OPEN && !isOpen()) {
      breaker.transitionToOpenState();
    }
  }

  /** The owner waits: if the breaker is open, that is told. */
  void waits(long forNs) {
    if (isOpen()) {
      listener.breakerChanged(PublisherState.Breaker.OPEN, last, forNs);
    }
  }

  /** The wait is over: one group is tried. */
  void probe() {
    if (isOpen()) {
      breaker.transitionToHalfOpenState();
      listener.breakerChanged(PublisherState.Breaker.HALF_OPEN, last, 0);
    }
  }
}
