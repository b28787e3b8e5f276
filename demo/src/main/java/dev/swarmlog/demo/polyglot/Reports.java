package dev.swarmlog.demo.polyglot;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What agents have said they hold, by operation and agent. Thread-safe. */
final class Reports {
  private final Map<Long, Map<String, AgentState>> byOpId = new HashMap<>();

  /** An agent has said what it holds behind an operation. */
  synchronized void reported(String agent, long opId, AgentState state) {
    byOpId.computeIfAbsent(opId, none -> new HashMap<>()).put(agent, state);
    notifyAll();
  }

  /** What an agent holds behind an operation; null if it has not said. */
  synchronized @Nullable AgentState of(String agent, long opId) {
    return byOpId.getOrDefault(opId, Map.of()).get(agent);
  }

  /**
   * Waits until so many agents have said what they hold behind an operation.
   *
   * @return whether they did within this time
   */
  synchronized boolean await(long opId, int agents, long timeoutMs) throws InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    while (byOpId.getOrDefault(opId, Map.of()).size() < agents) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
      if (leftMs <= 0) {
        return false;
      }
      wait(leftMs);
    }
    return true;
  }
}
