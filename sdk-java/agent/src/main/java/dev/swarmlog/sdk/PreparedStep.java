package dev.swarmlog.sdk;

import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.LogResume;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LaneStep} as it is handed to the user and committed.
 *
 * @param after what is committed
 * @param made which of the operations, by index, are not of the log, but deletions that the agent
 *     makes
 * @param redundant keyed operations that changed nothing
 * @param mismatches where the agent's sums differ from the receipt's, in words
 * @param stateDiffers one of them concerns the keyed state
 * @param digests the answer to a query
 * @param unread why the user's state could not be compared
 */
record PreparedStep(
    Batch batch,
    LogResume after,
    BitSet made,
    long redundant,
    List<String> mismatches,
    boolean stateDiffers,
    @Nullable DigestReport digests,
    @Nullable Throwable unread) {}
