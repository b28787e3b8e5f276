/**
 * Coordinator, agents and publishers as they are, over a virtual clock, network and disk, in one
 * thread, by one seed. {@link dev.swarmlog.reliability.simulation.SimulationTest} says how to run
 * it.
 */
@NullMarked
package dev.swarmlog.reliability.simulation;

import org.jspecify.annotations.NullMarked;
