package dev.swarmlog.sdk;

import dev.swarmlog.v1.LogResume;
import java.util.List;

/**
 * A {@link LaneStep} as it is handed to the user and committed.
 *
 * @param after what is committed
 * @param redundant keyed operations that changed nothing
 * @param mismatches where the agent's sums differ from the receipt's, in words
 * @param stateDiffers one of them concerns the keyed state
 */
record PreparedStep(
    Batch batch, LogResume after, long redundant, List<String> mismatches, boolean stateDiffers) {}
