package dev.swarmlog.bench;

/**
 * What the horizon bench does: an agent that holds {@code keys} keys goes away, some of them
 * change, and the log is compacted before it comes back.
 *
 * @param keys that there are, before and after
 * @param differing from what the agent holds, when it comes back
 * @param payloadBytes of a value
 * @param repetitions of the whole
 */
record HorizonWorkload(int keys, int differing, int payloadBytes, int repetitions) {}
