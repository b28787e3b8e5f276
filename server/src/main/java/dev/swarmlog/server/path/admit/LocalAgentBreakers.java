package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerState;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Breakers in memory. An agent has none before its first failure; of more than {@value #MAX_AGENTS}
 * those that failed first are forgotten.
 */
final class LocalAgentBreakers implements AgentBreakers {

  private static final int MAX_AGENTS = 10_000;

  private final Duration wait;
  private final TimeSource time;
  private final Listener listener;

  // Guarded by this; in the order of their first failure.
  private final Map<Agent, CauseBreakers> breakers = new LinkedHashMap<>();

  /** Spares those who ask for every publish group the monitor. */
  private volatile boolean anyFailed;

  private record Agent(String swarm, String name) {}

  LocalAgentBreakers(Duration wait, TimeSource time, Listener listener) {
    this.wait = wait;
    this.time = time;
    this.listener = listener;
  }

  @Override
  public @Nullable Exclusion exclusion(String swarm, String agent) {
    CauseBreakers known = find(swarm, agent);
    Duration left = known == null ? Duration.ZERO : known.refusedFor();
    return known == null || left.isZero()
        ? null
        : new Exclusion(swarm, agent, known.reason(), time.monotonicNs() + left.toNanos());
  }

  @Override
  public @Nullable Refusal refusal(String swarm, String agent) {
    Exclusion exclusion = exclusion(swarm, agent);
    return exclusion == null ? null : exclusion.refusalAt(time.monotonicNs());
  }

  @Override
  public void failed(String swarm, String agent, BreakerCause cause) {
    if (!wait.isZero()) {
      make(swarm, agent).failed(BreakerRule.of(cause));
    }
  }

  @Override
  public void succeeded(String swarm, String agent, BreakerCause cause, long times) {
    CauseBreakers known = find(swarm, agent);
    if (known != null) {
      known.succeeded(BreakerRule.of(cause), times);
    }
  }

  @Override
  public synchronized List<AgentBreaker> inSwarm(String swarm) {
    return breakers.entrySet().stream()
        .filter(entry -> entry.getKey().swarm().equals(swarm))
        .filter(entry -> entry.getValue().everOpened())
        .map(entry -> entry.getValue().describe(entry.getKey().name()))
        .sorted(Comparator.comparing(AgentBreaker::getAgent))
        .toList();
  }

  @Override
  public synchronized Map<String, Integer> openCounts() {
    Map<String, Integer> counts = new HashMap<>();
    breakers.forEach(
        (agent, breaker) -> {
          if (!breaker.isClosed()) {
            counts.merge(agent.swarm(), 1, Integer::sum);
          }
        });
    return counts;
  }

  @Override
  public synchronized Map<BreakerState, Long> counts() {
    Map<BreakerState, Long> counts = new EnumMap<>(BreakerState.class);
    counts.put(BreakerState.BREAKER_STATE_OPEN, 0L);
    counts.put(BreakerState.BREAKER_STATE_HALF_OPEN, 0L);
    breakers.values().forEach(each -> counts.computeIfPresent(each.state(), (s, n) -> n + 1));
    return counts;
  }

  private @Nullable CauseBreakers find(String swarm, String agent) {
    if (!anyFailed) {
      return null;
    }
    synchronized (this) {
      return breakers.get(new Agent(swarm, agent));
    }
  }

  private synchronized CauseBreakers make(String swarm, String agent) {
    anyFailed = true;
    CauseBreakers made =
        breakers.computeIfAbsent(
            new Agent(swarm, agent),
            absent ->
                new CauseBreakers(
                    wait,
                    time,
                    (change, openedCount, waitNs) ->
                        listener.changed(
                            swarm,
                            agent,
                            change,
                            openedCount,
                            waitNs == 0
                                ? null
                                : new Exclusion(swarm, agent, change.getReason(), waitNs)
                                    .refusalAt(0))));
    if (breakers.size() > MAX_AGENTS) {
      breakers.remove(breakers.keySet().iterator().next());
    }
    return made;
  }
}
