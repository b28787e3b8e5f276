package dev.swarmlog.bench;

import java.time.Duration;

/**
 * What the isolation bench does: swarms whose publishers keep to a rate, of which one floods.
 *
 * @param swarms at least 3: one is flooded, in one an agent floods, one has a past
 * @param agents per swarm, each with a connection of its own
 * @param payloadBytes at least {@link Stamp#BYTES}
 * @param ratePerSecond operations per second and swarm, at times fixed beforehand: the share of
 *     each
 * @param factor by which a flood is above that, as far as it is let
 * @param flooders publishers of the swarm that floods, together
 * @param warmup before anything is counted
 * @param phase how long it is quiet, and how long it floods, in each round
 * @param rounds how often each
 * @param behind operations that a reader misses who catches up
 * @param readers that catch up at once
 */
record IsolationWorkload(
    int swarms,
    int agents,
    int payloadBytes,
    int ratePerSecond,
    int factor,
    int flooders,
    Duration warmup,
    Duration phase,
    int rounds,
    int behind,
    int readers) {

  /** Where all publishers and agents flood. */
  static final String FLOODING_SWARM = "bench-flooding";

  static final String CALM_PUBLISHER = "publisher";

  /** The swarm in which one publisher floods, with operations for an agent of its own. */
  String swarmWithFloodingPublisher() {
    return swarm(0);
  }

  /** The swarm whose past a reader catches up with. */
  String swarmWithPast() {
    return swarm(1);
  }

  static String swarm(int number) {
    return "bench-" + number;
  }

  /** What {@link FanoutPublisher} does in each swarm. */
  FanoutWorkload calm() {
    return new FanoutWorkload(
        swarms, agents, payloadBytes, warmup, phase, false, ratePerSecond, /* window= */ 1);
  }
}
