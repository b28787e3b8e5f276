package dev.swarmlog.bench;

import java.time.Duration;

/**
 * What the fan-out bench does: in each swarm one publisher, whose every operation is for all agents
 * of the swarm.
 *
 * @param swarms each with one publisher
 * @param agents per swarm, each with a connection of its own
 * @param payloadBytes at least {@link Stamp#BYTES}
 * @param warmup before anything is counted
 * @param measured how long it is counted
 * @param keyed keyed operations over {@link #KEYS} keys, instead of events
 * @param ratePerSecond operations per second and swarm, at times fixed beforehand; 0 for as many as
 *     {@code window} lets through
 * @param window without a rate: how far a publisher may be ahead of the slowest agent of its swarm,
 *     in operations
 */
record FanoutWorkload(
    int swarms,
    int agents,
    int payloadBytes,
    Duration warmup,
    Duration measured,
    boolean keyed,
    int ratePerSecond,
    int window) {

  /** How many keys a keyed workload goes round. */
  static final int KEYS = 1_000;
}
