package dev.swarmlog.sdk;

/**
 * What became of a publisher's telemetry, in records since it started. {@code offered = taken +
 * shed + dropped + what is on its way}.
 *
 * @param offered given to the publisher
 * @param taken taken by the coordinator
 * @param shed dropped by the coordinator, which said so
 * @param dropped dropped here: the queue was full, or the stream broke before the coordinator
 *     answered
 */
public record TelemetryCounts(long offered, long taken, long shed, long dropped) {}
