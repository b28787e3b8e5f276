/**
 * Agents that are cut off from their coordinator, by links that carry nothing, one way or both, and
 * a check of what they hold afterwards that knows nothing of deltas.
 */
package dev.swarmlog.reliability.faults.partition;
