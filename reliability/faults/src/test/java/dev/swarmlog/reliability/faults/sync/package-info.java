/**
 * Syncs over the wire between real processes, with SIGKILL of either side in the middle of them,
 * and a check that knows nothing of deltas.
 */
package dev.swarmlog.reliability.faults.sync;
