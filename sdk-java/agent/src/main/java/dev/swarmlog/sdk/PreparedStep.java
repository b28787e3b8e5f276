package dev.swarmlog.sdk;

import dev.swarmlog.v1.DigestReport;
import dev.swarmlog.v1.LogResume;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@link LaneStep} as it is handed to the user and committed.
 *
 * @param lacking the keys of which the user's state now lacks what the log has, or no longer does;
 *     known once it is applied
 * @param lacks whether it lacks any of the lane; known once it is applied
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
    List<HeldKey> lacking,
    boolean lacks,
    LogResume after,
    BitSet made,
    long redundant,
    List<String> mismatches,
    boolean stateDiffers,
    @Nullable DigestReport digests,
    @Nullable Throwable unread) {

  /** What is saved with the cursor, in order; nothing is copied where nothing is lacking. */
  List<HeldKey> savedKeys() {
    return lacking.isEmpty()
        ? batch.changedKeys()
        : Stream.concat(batch.changedKeys().stream(), lacking.stream()).toList();
  }

  /** The same, of which it is known now what the user's state has of it. */
  PreparedStep applied(List<HeldKey> lackingOrNot, boolean lacksAny) {
    return new PreparedStep(
        batch,
        lackingOrNot,
        lacksAny,
        after,
        made,
        redundant,
        mismatches,
        stateDiffers,
        digests,
        unread);
  }
}
