package dev.swarmlog.server.path.accept;

import dev.swarmlog.server.path.admit.AgentBreakers;
import dev.swarmlog.v1.BreakerCause;

/**
 * How the operations of one lane fare with its agent, for its breaker. May be called from any
 * thread.
 *
 * <p>Each operation counts once: as applied, when the agent says so with an Ack or the Nack of a
 * later one, or as refused, when it is refused for the first time. What the agent is given again
 * counts neither way, since the coordinator sets the pace of that, and its end.
 */
final class OperationConduct {

  private final AgentBreakers breakers;
  private final String swarm;
  private final String agent;
  private final long startOpId;

  /**
   * Guarded by this. An agent takes operations in their order: of those that were delivered for the
   * first time, what became of the first so many has been counted.
   */
  private long settled;

  /**
   * A lane that delivers what lies above an operation.
   *
   * @param startOpId exclusive
   */
  OperationConduct(AgentBreakers breakers, String swarm, String agent, long startOpId) {
    this.breakers = breakers;
    this.swarm = swarm;
    this.agent = agent;
    this.startOpId = startOpId;
  }

  /**
   * The agent has acknowledged operations.
   *
   * @param acknowledged so many in all, of those delivered for the first time
   */
  void acknowledged(long acknowledged) {
    long applied;
    synchronized (this) {
      applied = acknowledged - settled;
      settled = Math.max(settled, acknowledged);
    }
    applied(applied);
  }

  /**
   * The agent has refused an operation, and says what it applied before.
   *
   * @param redelivery it was given the operation again
   * @param appliedBefore operations since its last Ack or Nack, as it says; unsigned
   * @param delivered operations in all, of those delivered for the first time
   */
  void stoppedAt(long opId, boolean redelivery, long appliedBefore, long delivered) {
    if (Long.compareUnsigned(opId, startOpId) <= 0) {
      // What it got from an earlier stream.
      return;
    }
    long applied;
    synchronized (this) {
      int itself = redelivery ? 0 : 1;
      long atMost = Math.max(0, delivered - settled - itself);
      applied = Long.compareUnsigned(appliedBefore, atMost) > 0 ? atMost : appliedBefore;
      // What the agent was given by a page, or to repair it, was not delivered.
      settled = Math.max(settled, Math.min(delivered, settled + applied + itself));
    }
    applied(applied);
  }

  private void applied(long operations) {
    if (operations > 0) {
      breakers.succeeded(swarm, agent, BreakerCause.BREAKER_CAUSE_NACKS, operations);
    }
  }
}
