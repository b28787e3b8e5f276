package dev.swarmlog.storage;

import com.google.rpc.Status;

/**
 * What became of one operation that an agent could not apply, without the operation.
 *
 * @param attempts how often it has been tried
 * @param status what the agent said last: code and message
 * @param retryAtUnixNs when it is tried again, on the logged clock; 0 if it does not wait for that
 * @param parkedUnixNs when it was parked, on the logged clock; 0 if it is not
 * @param releasedOpId as which operation it was given again; 0 if it was not, or is parked again
 */
public record OperationFailure(
    String agent,
    int attempts,
    Status status,
    long retryAtUnixNs,
    long parkedUnixNs,
    long releasedOpId) {}
