package dev.swarmlog.bench;

import java.util.List;

/**
 * What the sync bench does: an agent knows {@code keys} keys, goes away, and misses operations that
 * change them.
 *
 * @param operations missed
 * @param keys that they change, over and over
 * @param payloadBytes of each operation
 * @param agents that come back at once
 * @param repetitions of each measurement; replay and delta take turns
 * @param lengths operations missed in the measurement against length, ascending
 */
record SyncWorkload(
    int operations,
    int keys,
    int payloadBytes,
    int agents,
    int repetitions,
    List<Integer> lengths) {}
