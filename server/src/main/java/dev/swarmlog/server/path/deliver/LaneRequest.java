package dev.swarmlog.server.path.deliver;

import dev.swarmlog.v1.Log;
import org.jspecify.annotations.Nullable;

/**
 * What a reader wants to be given.
 *
 * @param log {@code main} or {@code control}
 * @param plan where to start, and what is seen
 * @param syncs what is missing is sent as a sync, as the plan says, and again whenever the reader
 *     falls behind; else every operation is sent
 * @param agent the agent that acknowledges, so that what is unacknowledged is bounded; null for who
 *     only looks on
 * @param stopAtHead close after the first CaughtUp
 * @param trace what the reader traces of the sync it begins with
 */
public record LaneRequest(
    String swarm,
    Log log,
    SyncPlan plan,
    boolean syncs,
    @Nullable String agent,
    boolean stopAtHead,
    AgentTrace trace) {

  /**
   * The agent's own span of the sync.
   *
   * @param traceparent empty if it has none
   */
  public record AgentTrace(String traceparent, String tracestate) {

    /** It has none. */
    public static final AgentTrace NONE = new AgentTrace("", "");
  }

  /** For a reader that traces nothing. */
  public LaneRequest(
      String swarm,
      Log log,
      SyncPlan plan,
      boolean syncs,
      @Nullable String agent,
      boolean stopAtHead) {
    this(swarm, log, plan, syncs, agent, stopAtHead, AgentTrace.NONE);
  }
}
