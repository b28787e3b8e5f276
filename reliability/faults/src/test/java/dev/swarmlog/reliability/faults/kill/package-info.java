/** SIGKILL, again and again: of coordinators under load, while they start, and of agents. */
package dev.swarmlog.reliability.faults.kill;
