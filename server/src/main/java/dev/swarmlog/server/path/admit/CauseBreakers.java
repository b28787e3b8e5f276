package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerState;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The breaker of one agent: one circuit breaker per cause, of which one that is open suffices. Safe
 * for use by several threads; the listener is called without the monitor.
 */
final class CauseBreakers {

  static final Duration MAX_WAIT = Duration.ofMinutes(5);

  private static final int MAX_HISTORY = 20;

  /** More would say nothing new about how it goes. */
  private static final long MAX_SUCCESSES = 100;

  private final Duration wait;
  private final TimeSource time;
  private final Listener listener;

  // Guarded by this.
  private final Map<BreakerRule, CircuitBreaker> breakers = new EnumMap<>(BreakerRule.class);
  private final Map<BreakerRule, Opening> openings = new EnumMap<>(BreakerRule.class);
  private final Deque<BreakerChange> history = new ArrayDeque<>();
  private final List<Untold> untold = new ArrayList<>();
  private long openedCount;
  private String reason = "";

  /** As {@link AgentBreakers.Listener}. */
  interface Listener {
    /**
     * @param waitNs for how long the agent is not served now; 0 if it is
     */
    void changed(BreakerChange change, long openedCount, long waitNs);
  }

  private record Untold(BreakerChange change, long openedCount, long waitNs) {}

  /** The last time a breaker opened, counted from when it was closed. */
  private record Opening(int number, long untilNs) {}

  CauseBreakers(Duration wait, TimeSource time, Listener listener) {
    this.wait = wait;
    this.time = time;
    this.listener = listener;
  }

  void failed(BreakerRule rule) {
    synchronized (this) {
      CircuitBreaker breaker = breakers.get(rule);
      if (breaker == null) {
        breaker = make(rule);
        breakers.put(rule, breaker);
      }
      if (breaker.getState() == State.OPEN) {
        // What was under way when it opened.
        return;
      }
      breaker.onError(0, TimeUnit.NANOSECONDS, new Failed());
    }
    tell();
  }

  void succeeded(BreakerRule rule, long times) {
    synchronized (this) {
      CircuitBreaker breaker = breakers.get(rule);
      if (breaker == null || breaker.getState() == State.OPEN) {
        return;
      }
      for (long i = 0; i < Math.min(times, MAX_SUCCESSES); i++) {
        breaker.onSuccess(0, TimeUnit.NANOSECONDS);
      }
    }
    tell();
  }

  /**
   * For how long the agent is not served; zero if it is. What was open long enough goes on trial.
   */
  Duration refusedFor() {
    long leftNs = 0;
    synchronized (this) {
      for (Map.Entry<BreakerRule, CircuitBreaker> entry : breakers.entrySet()) {
        if (entry.getValue().getState() == State.OPEN && !entry.getValue().tryAcquirePermission()) {
          leftNs = Math.max(leftNs, Math.max(1, leftNs(entry.getKey())));
        }
      }
    }
    tell();
    return Duration.ofNanos(leftNs);
  }

  /** Why it opened last, for people to read. */
  synchronized String reason() {
    return reason;
  }

  synchronized boolean everOpened() {
    return openedCount > 0;
  }

  synchronized boolean isClosed() {
    return state() == BreakerState.BREAKER_STATE_CLOSED;
  }

  synchronized AgentBreaker describe(String agent) {
    AgentBreaker.Builder described =
        AgentBreaker.newBuilder()
            .setAgent(agent)
            .setState(state())
            .setOpenedCount(openedCount)
            .addAllHistory(history);
    long leftNs = 0;
    for (Map.Entry<BreakerRule, CircuitBreaker> entry : breakers.entrySet()) {
      if (entry.getValue().getState() == State.OPEN) {
        leftNs = Math.max(leftNs, leftNs(entry.getKey()));
      }
    }
    return leftNs == 0
        ? described.build()
        : described.setRetryAtUnixNano(time.unixNs() + leftNs).build();
  }

  private CircuitBreaker make(BreakerRule rule) {
    CircuitBreaker breaker =
        CircuitBreaker.of(rule.toString(), rule.config(wait, MAX_WAIT, new MonotonicClock(time)));
    breaker
        .getEventPublisher()
        .onStateTransition(
            event -> changed(rule, breaker, event.getStateTransition().getToState()));
    return breaker;
  }

  /** Called with the monitor held, from within the breaker. */
  private void changed(BreakerRule rule, CircuitBreaker breaker, State to) {
    BreakerChange.Builder change =
        BreakerChange.newBuilder().setCause(rule.cause()).setAtUnixNano(time.unixNs());
    if (to == State.OPEN) {
      Opening before = openings.get(rule);
      int number = before == null ? 1 : before.number() + 1;
      long waitMs =
          breaker.getCircuitBreakerConfig().getWaitIntervalFunctionInOpenState().apply(number);
      long waitNs = TimeUnit.MILLISECONDS.toNanos(waitMs);
      openings.put(rule, new Opening(number, time.monotonicNs() + waitNs));
      openedCount++;
      CircuitBreaker.Metrics metrics = breaker.getMetrics();
      reason = rule.reason(metrics.getNumberOfFailedCalls(), metrics.getNumberOfBufferedCalls());
      change.setState(BreakerState.BREAKER_STATE_OPEN).setReason(reason);
    } else if (to == State.HALF_OPEN) {
      change.setState(BreakerState.BREAKER_STATE_HALF_OPEN).setReason("is served on trial");
    } else {
      openings.remove(rule);
      change.setState(BreakerState.BREAKER_STATE_CLOSED).setReason("has done well on trial");
    }
    history.addFirst(change.build());
    if (history.size() > MAX_HISTORY) {
      history.removeLast();
    }
    long waitNs = to == State.OPEN ? leftNs(rule) : 0;
    untold.add(new Untold(change.build(), openedCount, waitNs));
  }

  synchronized BreakerState state() {
    BreakerState state = BreakerState.BREAKER_STATE_CLOSED;
    for (CircuitBreaker breaker : breakers.values()) {
      if (breaker.getState() == State.OPEN) {
        return BreakerState.BREAKER_STATE_OPEN;
      }
      if (breaker.getState() == State.HALF_OPEN) {
        state = BreakerState.BREAKER_STATE_HALF_OPEN;
      }
    }
    return state;
  }

  private long leftNs(BreakerRule rule) {
    @Nullable Opening opening = openings.get(rule);
    return opening == null ? 0 : Math.max(0, opening.untilNs() - time.monotonicNs());
  }

  private void tell() {
    List<Untold> changes;
    synchronized (this) {
      if (untold.isEmpty()) {
        return;
      }
      changes = List.copyOf(untold);
      untold.clear();
    }
    changes.forEach(
        untold -> listener.changed(untold.change(), untold.openedCount(), untold.waitNs()));
  }

  /** What the library wants to be told; nobody reads it. */
  private static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed() {
      super("failed", null, false, false);
    }
  }
}
