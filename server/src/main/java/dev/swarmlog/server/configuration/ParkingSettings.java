package dev.swarmlog.server.configuration;

/**
 * What happens to operations that agents cannot apply.
 *
 * @param attempts what has been tried so often is parked instead of tried again; at least 1
 */
public record ParkingSettings(int attempts) {}
