package dev.swarmlog.server.path.admit;

import dev.swarmlog.server.Refusal;
import dev.swarmlog.server.TimeSource;
import dev.swarmlog.v1.AgentBreaker;
import dev.swarmlog.v1.BreakerCause;
import dev.swarmlog.v1.BreakerChange;
import dev.swarmlog.v1.BreakerState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker for each agent: it opens when the agent does something too often that costs
 * others, and then the agent is not served for a time that doubles from one opening to the next. In
 * memory; safe for use by several threads.
 */
public interface AgentBreakers {

  /** Hears of each change, on the thread that caused it. Must not block. */
  interface Listener {
    /**
     * A breaker changed.
     *
     * @param openedCount how often it has opened
     * @param refusal why the agent is not served from now on; null if it is
     */
    void changed(
        String swarm,
        String agent,
        BreakerChange change,
        long openedCount,
        @Nullable Refusal refusal);
  }

  /**
   * Breakers that are all closed.
   *
   * @param wait how long an agent is not served at first; zero: breakers never open
   */
  static AgentBreakers of(Duration wait, TimeSource time, Listener listener) {
    return new LocalAgentBreakers(wait, time, listener);
  }

  /** Why an agent is not served, and until when; null if it is served. */
  @Nullable Exclusion exclusion(String swarm, String agent);

  /** The same as what the agent is told. */
  @Nullable Refusal refusal(String swarm, String agent);

  /** An agent did what it should not do often. */
  void failed(String swarm, String agent, BreakerCause cause);

  /** An agent did the same thing well, so many times. */
  void succeeded(String swarm, String agent, BreakerCause cause, long times);

  /** How many breakers are in each state but {@code CLOSED}. */
  Map<BreakerState, Long> counts();

  /** The breakers of a swarm that have ever opened, as far as they are remembered; by agent. */
  List<AgentBreaker> inSwarm(String swarm);

  /** How many agents of each swarm are not served, or on trial only. */
  Map<String, Integer> openCounts();
}
