package dev.swarmlog.storage;

import java.util.List;

/**
 * A bounded piece of a log, as one view sees it.
 *
 * @param toInclusive how far the page covers the interval asked for
 * @param runningHash of the log at {@code toInclusive}; 16 bytes
 * @param operations what the view holds of the interval, ascending
 */
@SuppressWarnings("ArrayRecordComponent")
public record Page(long toInclusive, byte[] runningHash, List<StoredOperation> operations) {}
