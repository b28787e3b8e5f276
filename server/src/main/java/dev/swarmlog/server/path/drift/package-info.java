/**
 * Drift: finds agents that hold another state than the log, locates the keys that differ, and sends
 * them what they should hold. {@code Drift} is the way in; each lane of an agent that reports its
 * sums has a {@code DriftWatch}.
 */
@NullMarked
package dev.swarmlog.server.path.drift;

import org.jspecify.annotations.NullMarked;
