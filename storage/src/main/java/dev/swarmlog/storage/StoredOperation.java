package dev.swarmlog.storage;

import dev.swarmlog.v1.Scope;

/**
 * One operation as it is stored, which is also its wire form.
 *
 * @param opId its operation ID
 * @param groupLast last operation of its publish group
 * @param scope where it belongs
 * @param runningHash of its log at this operation, 16 bytes; empty in telemetry
 * @param bytes a serialized {@link dev.swarmlog.v1.Operation}; shared, never to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // shared with every delivery, compared nowhere
public record StoredOperation(
    long opId, long groupLast, Scope scope, byte[] runningHash, byte[] bytes) {}
