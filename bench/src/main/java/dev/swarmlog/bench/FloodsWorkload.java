package dev.swarmlog.bench;

import dev.swarmlog.hostile.Flood;
import java.time.Duration;
import java.util.List;

/**
 * What the bench of floods does: one swarm whose publisher keeps to a rate, and a hostile client.
 *
 * @param agents each with a connection of its own
 * @param payloadBytes at least {@link Stamp#BYTES}
 * @param ratePerSecond operations per second, at times fixed beforehand, each for all agents
 * @param warmup before anything is counted
 * @param phase how long it is quiet, and how long each kind of flood takes
 * @param pause of the hostile client between a connection and the next
 * @param kinds in their order
 */
record FloodsWorkload(
    int agents,
    int payloadBytes,
    int ratePerSecond,
    Duration warmup,
    Duration phase,
    Duration pause,
    List<Flood> kinds) {

  static final String SWARM = "bench-flooded";

  /** What {@link FanoutPublisher} does. */
  FanoutWorkload calm() {
    return new FanoutWorkload(
        1, agents, payloadBytes, warmup, phase, false, ratePerSecond, /* window= */ 1);
  }
}
