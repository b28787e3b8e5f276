package dev.swarmlog.server.configuration;

/**
 * What happens when the device of the data directory fills up.
 *
 * @param lowBytes with less than this left, publishes to main and telemetry are refused; 0 for
 *     never
 * @param reserveBytes held back for the time when the device is full; 0 for nothing
 */
public record DiskSettings(long lowBytes, long reserveBytes) {}
