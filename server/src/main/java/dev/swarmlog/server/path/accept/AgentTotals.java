package dev.swarmlog.server.path.accept;

import dev.swarmlog.v1.Heartbeat;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * What agents have counted since they were started, as they told last: they go on counting over
 * sessions, and each time only what is new is to be added. Of the newest {@link #MAX_AGENTS}. May
 * be used by any thread.
 */
@Singleton
final class AgentTotals {

  static final int MAX_AGENTS = 20_000;

  /**
   * What one heartbeat can add: more than an agent is sent between two of them. So an agent that
   * tells nonsense does not make a counter of all overflow.
   */
  static final long MAX_NEWS = 1_000_000;

  // Guarded by this.
  private final Map<Agent, Totals> told =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Agent, Totals> eldest) {
          return size() > MAX_AGENTS;
        }
      };

  private record Agent(String swarm, String name) {}

  private record Totals(String instance, long duplicates, long outOfOrder) {}

  /**
   * What is new.
   *
   * @param duplicates operations that the agent ignored because it had applied them before
   * @param outOfOrder frames that did not follow on what it had
   */
  record News(long duplicates, long outOfOrder) {}

  @Inject
  AgentTotals() {}

  /** What is new in a heartbeat. Everything is for an instance that is not known. */
  synchronized News told(AgentSession session, Heartbeat heartbeat) {
    Totals totals =
        new Totals(session.instance(), heartbeat.getIgnoredDuplicates(), heartbeat.getOutOfOrder());
    Totals before = told.put(new Agent(session.swarm(), session.agent()), totals);
    return before == null || !before.instance().equals(totals.instance())
        ? new News(news(0, totals.duplicates()), news(0, totals.outOfOrder()))
        : new News(
            news(before.duplicates(), totals.duplicates()),
            news(before.outOfOrder(), totals.outOfOrder()));
  }

  private static long news(long before, long now) {
    // Unsigned: from 2^63 on it reads negative.
    return now <= before ? 0 : Math.min(now - Math.max(0, before), MAX_NEWS);
  }
}
