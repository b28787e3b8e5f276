package dev.swarmlog.server.path.drift;

import dev.swarmlog.v1.DriftReport;
import dev.swarmlog.v1.Log;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is remembered of drift, bounded: the newest incidents of each swarm, how often each agent
 * drifted, and who is not fed any more. Safe for use by several threads.
 */
final class DriftBoard {

  static final int MAX_INCIDENTS_PER_SWARM = 100;
  static final int MAX_INCIDENTS = 10_000;
  static final int MAX_AGENTS = 20_000;
  private static final int MAX_TIMES_PER_AGENT = 1_000;

  /** By swarm, those first that had their first incident first; of each the newest first. */
  private final Map<String, Deque<Incident>> incidents = new LinkedHashMap<>();

  private final Map<Agent, Deque<Long>> timesNs = oldestFirst(MAX_AGENTS);
  private final Map<Checked, Long> checkedNs = oldestFirst(MAX_AGENTS);
  private final Map<Agent, Boolean> stopped = oldestFirst(MAX_AGENTS);
  private int incidentCount;

  private record Agent(String swarm, String name) {}

  private record Checked(Agent agent, Log log) {}

  /**
   * An incident was found.
   *
   * @param window how far back drifts count
   * @return how often the agent drifted in the window, this time included
   */
  synchronized int found(
      String swarm, String agent, Incident incident, long nowNs, Duration window) {
    add(swarm, incident);
    Deque<Long> times = timesNs.computeIfAbsent(new Agent(swarm, agent), a -> new ArrayDeque<>());
    times.addLast(nowNs);
    while (nowNs - times.getFirst() > window.toNanos() || times.size() > MAX_TIMES_PER_AGENT) {
      times.removeFirst();
    }
    return times.size();
  }

  /** Takes over what was reported before the start. */
  synchronized void recall(String swarm, ReportHistory history) {
    for (DriftReport report : history.reports()) {
      add(swarm, new Incident(report));
    }
    history.stopped().forEach(agent -> stop(swarm, agent));
  }

  private void add(String swarm, Incident incident) {
    Deque<Incident> known = incidents.computeIfAbsent(swarm, absent -> new ArrayDeque<>());
    known.addFirst(incident);
    incidentCount++;
    if (known.size() > MAX_INCIDENTS_PER_SWARM) {
      known.removeLast();
      incidentCount--;
    } else if (incidentCount > MAX_INCIDENTS) {
      forgetOne();
    }
  }

  private void forgetOne() {
    Iterator<Deque<Incident>> swarms = incidents.values().iterator();
    Deque<Incident> oldest = swarms.next();
    oldest.removeLast();
    incidentCount--;
    if (oldest.isEmpty()) {
      swarms.remove();
    }
  }

  /** Whether an agent's sums may be looked at: not more often than each interval. */
  synchronized boolean mayCheck(Watched lane, long nowNs, Duration interval) {
    Checked key = new Checked(new Agent(lane.swarm(), lane.agent()), lane.log());
    Long last = checkedNs.get(key);
    if (last != null && nowNs - last < interval.toNanos()) {
      return false;
    }
    checkedNs.put(key, nowNs);
    return true;
  }

  synchronized void stop(String swarm, String agent) {
    stopped.put(new Agent(swarm, agent), true);
  }

  synchronized boolean isStopped(String swarm, String agent) {
    return stopped.containsKey(new Agent(swarm, agent));
  }

  /** Answers whether the agent was stopped. It begins anew. */
  synchronized boolean release(String swarm, String agent) {
    Agent released = new Agent(swarm, agent);
    timesNs.remove(released);
    return stopped.remove(released) != null;
  }

  /** Newest first. */
  synchronized List<DriftReport> reports(String swarm) {
    List<DriftReport> reports = new ArrayList<>();
    for (Incident incident : incidents.getOrDefault(swarm, new ArrayDeque<>())) {
      reports.add(incident.report());
    }
    return reports;
  }

  /** How many of a swarm are being healed. */
  synchronized int openCount(String swarm) {
    int open = 0;
    for (Incident incident : incidents.getOrDefault(swarm, new ArrayDeque<>())) {
      open += incident.healing() == DriftReport.Healing.HEALING_STARTED ? 1 : 0;
    }
    return open;
  }

  /** How many agents of each swarm are not fed. */
  synchronized Map<String, Integer> stoppedCounts() {
    Map<String, Integer> counts = new HashMap<>();
    stopped.keySet().forEach(agent -> counts.merge(agent.swarm(), 1, Integer::sum));
    return counts;
  }

  synchronized List<String> stoppedAgents(String swarm) {
    return stopped.keySet().stream()
        .filter(agent -> agent.swarm().equals(swarm))
        .map(Agent::name)
        .toList();
  }

  private static <K, V> Map<K, V> oldestFirst(int max) {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > max;
      }
    };
  }
}
