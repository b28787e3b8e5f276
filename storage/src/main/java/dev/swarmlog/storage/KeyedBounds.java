package dev.swarmlog.storage;

import java.util.OptionalLong;

/**
 * What is known of keyed state without reading it: of an interval, and at its end. From running
 * sums, so it costs the same for any interval and any number of keys.
 *
 * @param deletions at most how many deletions lie in the interval: exactly as many, where they were
 *     written in format 2 or later
 * @param writtenBytes of all keyed operations of the interval, deletions included; meaningful where
 *     {@code stateBytes} is known
 * @param stateBytes of the newest operations of all live keys at the end of the interval; empty if
 *     a scope has operations that were written before format 3
 */
public record KeyedBounds(long deletions, long writtenBytes, OptionalLong stateBytes) {}
