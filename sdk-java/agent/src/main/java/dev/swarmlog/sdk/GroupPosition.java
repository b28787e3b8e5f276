package dev.swarmlog.sdk;

import dev.swarmlog.v1.Durability;
import dev.swarmlog.v1.Position;

/**
 * Where a publish group lies: its operations are {@code firstOpId} to {@code last.getOpId()}, in
 * the order they were given.
 *
 * @param durability the level reached when the coordinator answered
 * @param duplicate the group had been appended before, and this is its first answer again
 */
public record GroupPosition(
    long firstOpId, Position last, Durability durability, boolean duplicate) {}
