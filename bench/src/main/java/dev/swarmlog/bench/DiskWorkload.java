package dev.swarmlog.bench;

/**
 * What the disk bench does.
 *
 * @param operations that are stored as fast as it goes; then the store is left to settle
 * @param swarms that they are spread over
 * @param payloadBytes of an operation
 * @param operationsPerSecond at times fixed beforehand, on top of what is stored
 * @param seconds that this goes on
 */
record DiskWorkload(
    long operations, int swarms, int payloadBytes, int operationsPerSecond, int seconds) {}
