package dev.swarmlog.storage;

/**
 * How far an agent has acknowledged a log, as recorded.
 *
 * @param ackedOpId everything up to here
 */
public record RecordedCursor(String agent, long ackedOpId) {}
