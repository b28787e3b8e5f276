package dev.swarmlog.bench;

import java.util.List;

/**
 * What the recovery bench does.
 *
 * @param operations that are stored when it is killed, ascending; one measurement each
 * @param swarms that they are spread over
 * @param payloadBytes of an operation
 * @param restarts how often it is killed and started again, for each number of operations
 * @param seed of how much is published before each kill
 */
record RecoveryWorkload(
    List<Long> operations, int swarms, int payloadBytes, int restarts, long seed) {}
