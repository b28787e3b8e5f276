/**
 * Load whose every answer is kept: producers that number their groups and ask again what they were
 * answered, agents with durable cursors, and the comparison of both with the log.
 */
package dev.swarmlog.reliability.faults.load;
