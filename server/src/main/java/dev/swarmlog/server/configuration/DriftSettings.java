package dev.swarmlog.server.configuration;

import java.time.Duration;

/**
 * How drift is looked for, and what happens to an agent that drifts again and again.
 *
 * @param checkInterval how often an agent's sums are compared; zero for never
 * @param window drifts that lie further back do not count
 * @param searches how often in the window an agent is asked for what differs, at most
 * @param snapshotAfter from so many drifts in the window on an agent is sent its whole keyed state
 *     instead of the keys that differ; 0 for never
 * @param stopAfter from so many drifts in the window on an agent is not fed any more, until a
 *     person releases it; 0 for never
 */
public record DriftSettings(
    Duration checkInterval, Duration window, int searches, int snapshotAfter, int stopAfter) {}
