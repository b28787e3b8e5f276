package dev.swarmlog.demo.supervise;

import dev.swarmlog.demo.display.Board.Health;
import dev.swarmlog.demo.process.Status;
import dev.swarmlog.demo.survey.Surveyors;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** What the processes have told so far. Used by the supervisor's thread. */
final class Observed {
  private static final long RATE_WINDOW_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** One agent, as last heard of. */
  static final class Agent {
    final int process;
    long opId;
    String state = "starting";
    Health health = Health.ON_THE_WAY;
    String digest = "";
    // What the present session began with.
    String plan = "";
    boolean connected;
    boolean caughtUp;
    boolean disturbedBefore;
    // A row of its table was changed, and not mended yet.
    boolean drifted;

    Agent(int process) {
      this.process = process;
    }
  }

  /**
   * How an agent caught up: with so many operations of so many, and how many of them came twice.
   */
  private record Return(String plan, long receivedCount, long opId, long repeatedCount) {
    boolean missedNothing() {
      return plan.equals("current");
    }

    String describe() {
      return missedNothing()
          ? String.format("missed nothing of %,d, %,d twice", opId, repeatedCount)
          : String.format(
              "caught up %,d of %,d by %s, %,d twice", receivedCount, opId, plan, repeatedCount);
    }
  }

  private record Sample(long nanos, long head, long applied) {}

  private final Map<String, Agent> agents = new LinkedHashMap<>();
  private final Deque<Sample> samples = new ArrayDeque<>();
  // Agents that a fault took down or cut off, and that have not caught up since.
  private final Set<String> away = new HashSet<>();
  // How those came back that the last fault took down or cut off.
  private final Map<String, Return> returns = new TreeMap<>();
  // Of the report that a drift is over; 0 before.
  private long reportOpId;
  private Status.Planner planner = new Status.Planner(0, 0, 0, 0, 0, 0, 0, false);

  /**
   * @param processOf number of the process, from 1, that each agent belongs to; by the agent's
   *     number
   */
  Observed(int[] processOf) {
    for (int number = 0; number < processOf.length; number++) {
      agents.put(Surveyors.agentName(number), new Agent(processOf[number]));
    }
  }

  void on(Status.Planner status) {
    planner = status;
  }

  void on(Status.Agents status) {
    for (Status.AgentProgress progress : status.agents()) {
      Agent agent = agent(progress.agent());
      agent.opId = progress.opId();
      agent.digest = progress.tableDigest();
      boolean down = agent.health == Health.KILLED && !agent.drifted;
      if (agent.health == Health.ON_THE_WAY || down) {
        agent.state = progress.state().replace('_', ' ');
      }
    }
  }

  void on(Status.Connected status) {
    Agent agent = agent(status.agent());
    agent.connected = true;
    agent.caughtUp = false;
    agent.plan = status.plan();
    agent.health = Health.ON_THE_WAY;
    agent.state = "catching up";
  }

  void on(Status.CaughtUp status) {
    Agent agent = agent(status.agent());
    if (!agent.connected) {
      // Of the session that a fault has ended since.
      return;
    }
    agent.caughtUp = true;
    away.remove(status.agent());
    if (agent.disturbedBefore) {
      Return back =
          new Return(agent.plan, status.receivedCount(), status.opId(), status.repeatedCount());
      returns.put(status.agent(), back);
      agent.health = Health.RECOVERED;
      agent.state = back.describe();
    } else {
      agent.health = Health.WELL;
      agent.state = "live";
    }
  }

  /** A row of an agent's table was changed. */
  void corrupted(Status.Corrupted status) {
    Agent agent = agent(status.agent());
    agent.health = Health.KILLED;
    agent.state = "drifted: " + status.key();
    agent.drifted = true;
  }

  /** It was mended, and an agent has read the report of it. */
  void healed(Status.DriftOver status) {
    Agent agent = agent(status.agent());
    agent.health = Health.RECOVERED;
    agent.state = "drifted, " + status.healing() + " at " + status.healedOpId();
    agent.drifted = false;
    reportOpId = status.opId();
  }

  /** How those came back that the last fault took down or cut off, in words. */
  String returned() {
    List<Return> behind = returns.values().stream().filter(each -> !each.missedNothing()).toList();
    LongSummaryStatistics received =
        behind.stream().mapToLong(Return::receivedCount).summaryStatistics();
    List<String> parts = new ArrayList<>();
    if (returns.size() > behind.size()) {
      parts.add(String.format("%d missed nothing", returns.size() - behind.size()));
    }
    if (!behind.isEmpty()) {
      parts.add(
          String.format(
              "%d caught up %,d to %,d of %,d by %s",
              behind.size(),
              received.getMin(),
              received.getMax(),
              behind.stream().mapToLong(Return::opId).max().orElse(0),
              behind.stream()
                  .map(Return::plan)
                  .distinct()
                  .sorted()
                  .collect(Collectors.joining(" or "))));
    }
    parts.add(
        String.format(
            "%,d twice", returns.values().stream().mapToLong(Return::repeatedCount).sum()));
    return String.join(", ", parts);
  }

  /** The agents of a process were killed. */
  void killed(int process, long pid) {
    returns.clear();
    agents.forEach(
        (name, agent) -> {
          if (agent.process == process) {
            disturb(name, agent);
            agent.health = Health.KILLED;
            agent.state = "killed (pid " + pid + ")";
          }
        });
  }

  /** The coordinator was killed. */
  void cutOff() {
    returns.clear();
    agents.forEach(
        (name, agent) -> {
          boolean down = agent.health == Health.KILLED;
          disturb(name, agent);
          if (!down) {
            agent.health = Health.ON_THE_WAY;
            agent.state = "cut off";
          }
        });
  }

  private void disturb(String name, Agent agent) {
    away.add(name);
    agent.connected = false;
    agent.caughtUp = false;
    agent.disturbedBefore = true;
  }

  /** Everybody who was taken down or cut off has caught up since. */
  boolean isRecovered() {
    return away.isEmpty();
  }

  /** Every agent has had its first session. */
  boolean isComplete() {
    return agents.values().stream().allMatch(agent -> agent.caughtUp);
  }

  Map<String, Agent> agents() {
    return agents;
  }

  Status.Planner planner() {
    return planner;
  }

  long inFlight() {
    return planner.assigned() - planner.surveyed();
  }

  /** The highest operation ID that anyone has seen. */
  long head() {
    return Math.max(
        Math.max(planner.opId(), reportOpId),
        agents.values().stream().mapToLong(agent -> agent.opId).max().orElse(0));
  }

  /** Every agent has applied everything. */
  boolean isSettled() {
    long head = head();
    return agents.values().stream().allMatch(agent -> agent.opId == head);
  }

  /** Grows with everything that goes on. */
  long activity() {
    return planner.acknowledged() + planner.surveyed() + applied();
  }

  /** Table digests of the agents, in hex; meaningful once {@link #isSettled}. */
  Map<String, String> digests() {
    Map<String, String> digests = new HashMap<>();
    agents.forEach((name, agent) -> digests.put(name, agent.digest));
    return digests;
  }

  /** Takes note of the time, for the rates. */
  void sample(long nowNanos) {
    samples.addLast(new Sample(nowNanos, head(), applied()));
    while (samples.size() > 2 && nowNanos - samples.getFirst().nanos() > RATE_WINDOW_NANOS) {
      samples.removeFirst();
    }
  }

  double operationsPerSec() {
    return samples.isEmpty() ? 0 : perSec(samples.getLast().head() - samples.getFirst().head());
  }

  double appliedPerSec() {
    return samples.isEmpty()
        ? 0
        : perSec(samples.getLast().applied() - samples.getFirst().applied());
  }

  private double perSec(long count) {
    long nanos = samples.getLast().nanos() - samples.getFirst().nanos();
    return nanos == 0 ? 0 : Math.max(0, count) * (double) TimeUnit.SECONDS.toNanos(1) / nanos;
  }

  private long applied() {
    return agents.values().stream().mapToLong(agent -> agent.opId).sum();
  }

  Agent agent(String name) {
    Agent agent = agents.get(name);
    if (agent == null) {
      throw new IllegalArgumentException("Expected one of our agents, but heard of " + name + ".");
    }
    return agent;
  }
}
