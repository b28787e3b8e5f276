package dev.swarmlog.bench.orchestrator;

import dev.swarmlog.bench.v1.Command;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Tries again after an exponential backoff with full jitter, holding no thread meanwhile, and calls
 * an agent only as its circuit breaker permits. A command that waits for a breaker uses up none of
 * its {@link #MAX_ATTEMPTS}. One that is under way is not taken a second time, and while a breaker
 * is open nobody is told yes who asks for a command again.
 */
final class PoliteDispatch implements Dispatch {

  private static final long FIRST_DELAY_MS = 50;
  private static final long MAX_DELAY_MS = 2_000;
  private static final int MAX_WAITING = 10_000;
  private static final CircuitBreakerConfig BREAKER =
      CircuitBreakerConfig.custom()
          .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
          .slidingWindowSize(20)
          .minimumNumberOfCalls(20)
          .failureRateThreshold(50)
          .waitDurationInOpenState(Duration.ofSeconds(1))
          .permittedNumberOfCallsInHalfOpenState(3)
          .writableStackTraceEnabled(false)
          .build();

  private final Workers workers = new Workers();
  private final ScheduledThreadPoolExecutor delays = new ScheduledThreadPoolExecutor(1);
  private final Map<RemoteAgent, CircuitBreaker> breakers = new ConcurrentHashMap<>();
  private final Set<Long> underWay = ConcurrentHashMap.newKeySet();

  @Override
  public Answer submit(RemoteAgent agent, Command command) {
    if (!underWay.add(command.getNumber())) {
      return Answer.TAKEN;
    }
    if (delays.getQueue().size() < MAX_WAITING && workers.offer(() -> attempt(agent, command, 1))) {
      return Answer.TAKEN;
    }
    underWay.remove(command.getNumber());
    return Answer.FULL;
  }

  @Override
  public Answer retry(RemoteAgent agent, Command command) {
    return breaker(agent).getState() == CircuitBreaker.State.OPEN
        ? Answer.BROKEN
        : submit(agent, command);
  }

  private CircuitBreaker breaker(RemoteAgent agent) {
    return breakers.computeIfAbsent(agent, absent -> CircuitBreaker.of("agent", BREAKER));
  }

  private void attempt(RemoteAgent agent, Command command, int attempt) {
    CircuitBreaker breaker = breaker(agent);
    if (!breaker.tryAcquirePermission()) {
      later(agent, command, attempt, MAX_DELAY_MS);
      return;
    }
    long beganNs = System.nanoTime();
    if (agent.execute(command)) {
      breaker.onSuccess(System.nanoTime() - beganNs, TimeUnit.NANOSECONDS);
      agent.done(command);
      underWay.remove(command.getNumber());
      return;
    }
    breaker.onError(
        System.nanoTime() - beganNs, TimeUnit.NANOSECONDS, new IllegalStateException("failed"));
    if (attempt < MAX_ATTEMPTS) {
      later(
          agent,
          command,
          attempt + 1,
          Math.min(MAX_DELAY_MS, FIRST_DELAY_MS << Math.min(attempt, 10)));
    } else {
      agent.failed(command);
      underWay.remove(command.getNumber());
    }
  }

  private void later(RemoteAgent agent, Command command, int attempt, long atMostMs) {
    long delayMs = 1 + ThreadLocalRandom.current().nextLong(atMostMs);
    try {
      var unused =
          delays.schedule(
              () -> {
                if (!workers.offer(() -> attempt(agent, command, attempt))) {
                  later(agent, command, attempt, atMostMs);
                }
              },
              delayMs,
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      underWay.remove(command.getNumber());
    }
  }

  @Override
  public void close() {
    delays.shutdownNow();
    workers.close();
  }
}
