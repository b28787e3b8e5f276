/**
 * Telemetry's own short path, beside that of operations: a bounded queue, one writer, a tail per
 * swarm.
 *
 * <p>Nothing here is ever waited for by a command. What finds no room is shed and counted; a reader
 * that is too slow misses the oldest and is told how many. {@link
 * dev.swarmlog.server.path.telemetry.Telemetry} is the way in.
 */
@NullMarked
package dev.swarmlog.server.path.telemetry;

import org.jspecify.annotations.NullMarked;
