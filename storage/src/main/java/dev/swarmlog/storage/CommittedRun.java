package dev.swarmlog.storage;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Position;
import java.util.List;

/**
 * A run of operations that one entry appended to one log.
 *
 * @param fromExclusive head of the log before
 * @param to head of the log after, with its running hash
 * @param operations dense, ascending, all of {@code (fromExclusive, to]}
 */
public record CommittedRun(
    String swarm, Log log, long fromExclusive, Position to, List<StoredOperation> operations) {}
