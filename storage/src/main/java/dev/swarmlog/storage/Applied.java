package dev.swarmlog.storage;

import java.util.List;

/**
 * What an entry did.
 *
 * @param index of the entry
 * @param outcomes one per command of the entry, in its order
 * @param runs what was appended, one per log that grew, in the order in which each first grew
 */
public record Applied(long index, List<Outcome> outcomes, List<CommittedRun> runs) {}
