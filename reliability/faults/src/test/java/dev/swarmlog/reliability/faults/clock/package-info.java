/** Wall clocks that jump by days, and everything that must not follow them. */
package dev.swarmlog.reliability.faults.clock;
