package dev.swarmlog.reliability.faults.partition;

/** What goes wrong between an agent and its coordinator. */
enum PartitionKind {
  /** Nothing passes. */
  BOTH_WAYS,
  /** What the agent sends does not arrive; it still hears the coordinator. */
  TO_COORDINATOR,
  /** What the coordinator sends does not arrive; it still hears the agent. */
  TO_AGENT,
  /** Now this way, now that way, now both, now none; in between connections break. */
  FLAPPING,
  /** The agent's connection breaks, and the coordinator keeps its end for a living one. */
  COORDINATOR_NOT_TOLD,
  /** The coordinator's end breaks, and the agent keeps its own for a living one. */
  AGENT_NOT_TOLD,
  /** Nothing passes for longer than either side takes silence. */
  SILENCE;

  /** Whether it lasts for tens of seconds, because somebody has to find out by silence. */
  boolean isLong() {
    return this == AGENT_NOT_TOLD || this == SILENCE;
  }
}
