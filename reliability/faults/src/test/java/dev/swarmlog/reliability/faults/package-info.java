/**
 * Real faults on real processes: what a coordinator promises, and what is left of it when it is
 * killed, when the power goes, when disks are full or lie, when networks and clocks misbehave.
 *
 * <p>Everything random comes from a seed that a test prints; {@code -Dfaults.seed=N} takes it back.
 */
package dev.swarmlog.reliability.faults;
