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
 */
public record LaneRequest(
    String swarm,
    Log log,
    SyncPlan plan,
    boolean syncs,
    @Nullable String agent,
    boolean stopAtHead) {}
