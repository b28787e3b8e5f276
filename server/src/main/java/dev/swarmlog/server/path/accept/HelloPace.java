package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.TimeSource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.inject.Inject;
import javax.inject.Singleton;

/**
 * How fast agents come back: the time of each agent's last Hello, of so many agents as may have a
 * session. Safe for use by several threads.
 */
@Singleton
final class HelloPace {

  /** Who comes back sooner has not waited. */
  static final Duration AT_ONCE = Duration.ofSeconds(1);

  static final int MAX_AGENTS = 20_000;

  private final TimeSource time;

  private final Map<Agent, Long> lastNs =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Agent, Long> eldest) {
          return size() > MAX_AGENTS;
        }
      };

  private record Agent(String swarm, String name) {}

  @Inject
  HelloPace(TimeSource time) {
    this.time = time;
  }

  /** Notes a Hello; answers whether it came at once after the one before. */
  synchronized boolean atOnce(String swarm, String agent) {
    long nowNs = time.monotonicNs();
    Long last = lastNs.put(new Agent(swarm, agent), nowNs);
    return last != null && nowNs - last < AT_ONCE.toNanos();
  }
}
