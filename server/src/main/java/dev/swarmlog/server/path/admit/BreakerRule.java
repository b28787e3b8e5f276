package dev.swarmlog.server.path.admit;

import dev.swarmlog.v1.BreakerCause;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;

/** When a breaker opens, by cause. docs/operations.md states the same. */
enum BreakerRule {
  /** Half of what it was given, or more. */
  NACKS(BreakerCause.BREAKER_CAUSE_NACKS, 20, 30, 10, "refused %d of %d operations within %d s"),
  VIOLATIONS(
      BreakerCause.BREAKER_CAUSE_VIOLATIONS,
      5,
      60,
      2,
      "broke the contract in %d of %d cases within %d s"),
  /** Sessions opened less than a second after the one before, and Nacks of what was refused. */
  RETRIES(
      BreakerCause.BREAKER_CAUSE_RETRIES,
      100,
      10,
      5,
      "came back, or said the same, at once %d of %d times within %d s"),
  /** Half of the publish groups, or more. */
  REFUSALS(
      BreakerCause.BREAKER_CAUSE_REFUSALS,
      50,
      10,
      10,
      "published %d of %d groups within %d s that were refused");

  /** From this share of failures on, in percent. */
  private static final float FAILURE_PERCENT = 50;

  private static final double BACKOFF = 2;

  private final BreakerCause cause;
  private final int minimumCalls;
  private final int windowSeconds;
  private final int trialCalls;
  private final String reason;

  BreakerRule(
      BreakerCause cause, int minimumCalls, int windowSeconds, int trialCalls, String reason) {
    this.cause = cause;
    this.minimumCalls = minimumCalls;
    this.windowSeconds = windowSeconds;
    this.trialCalls = trialCalls;
    this.reason = reason;
  }

  static BreakerRule of(BreakerCause cause) {
    for (BreakerRule rule : values()) {
      if (rule.cause == cause) {
        return rule;
      }
    }
    throw new IllegalArgumentException("Expected a cause that has a rule, but got " + cause);
  }

  BreakerCause cause() {
    return cause;
  }

  /** For people to read. */
  String reason(long failed, long calls) {
    return reason.formatted(failed, calls, windowSeconds);
  }

  CircuitBreakerConfig config(Duration wait, Duration maxWait, Clock clock) {
    return CircuitBreakerConfig.custom()
        .slidingWindow(windowSeconds, minimumCalls, SlidingWindowType.TIME_BASED)
        .failureRateThreshold(FAILURE_PERCENT)
        .permittedNumberOfCallsInHalfOpenState(trialCalls)
        .waitIntervalFunctionInOpenState(
            IntervalFunction.ofExponentialBackoff(wait, BACKOFF, maxWait))
        .clock(clock)
        .build();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
