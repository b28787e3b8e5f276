package dev.swarmlog.demo.display;

import java.util.List;

/**
 * Everything there is to see at one moment. Immutable.
 *
 * @param source what is surveyed, and how its files were found
 * @param elapsedMs since the first assignment
 * @param plannedMs how long rounds go on
 * @param round from 1; 0 before the first
 * @param head the highest operation ID that anyone has seen
 * @param operationsPerSec appended, over the last two seconds
 * @param appliedPerSec applied, by all agents together, over the same
 * @param progress of the work, 0 to 1
 */
public record Board(
    String source,
    int files,
    long seed,
    long elapsedMs,
    long plannedMs,
    double progress,
    int round,
    long assigned,
    long surveyed,
    long head,
    double operationsPerSec,
    double appliedPerSec,
    Lag quiet,
    Lag throughFaults,
    ProcessRow coordinator,
    ProcessRow planner,
    List<AgentRow> agents,
    List<Event> events) {
  public Board {
    agents = List.copyOf(agents);
    events = List.copyOf(events);
  }

  /** Lag from append to apply; without samples the percentiles mean nothing. */
  public record Lag(long samples, double p50Ms, double p99Ms) {}

  /** How a process or an agent is. */
  public enum Health {
    /** As it should be. */
    WELL,
    /** Starting, connecting, catching up. */
    ON_THE_WAY,
    /** Killed, and not back yet. */
    KILLED,
    /** Back, after a kill. */
    RECOVERED
  }

  /** A process other than the agents'. */
  public record ProcessRow(long pid, Health health, String state) {}

  /**
   * An agent.
   *
   * @param process number of its process, from 1
   * @param pid of its process; of the killed one while it is down
   */
  public record AgentRow(
      String name, int process, long pid, long opId, Health health, String state) {}

  /** Something worth keeping, at a time since the first assignment. */
  public record Event(long atMs, boolean bad, String text) {}
}
