package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;

/**
 * What a reader wants to be given.
 *
 * @param log {@code main} or {@code control}
 * @param start exclusive
 * @param acknowledges the reader acknowledges, so what is unacknowledged is bounded
 * @param stopAtHead close after the first CaughtUp
 */
public record LaneRequest(
    String swarm, Log log, View view, Position start, boolean acknowledges, boolean stopAtHead) {}
