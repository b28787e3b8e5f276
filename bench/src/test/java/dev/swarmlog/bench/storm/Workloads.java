package dev.swarmlog.bench.storm;

import dev.swarmlog.bench.storm.StormWorkload.Misbehaviour;
import java.util.List;

/** Workloads of the tests. */
final class Workloads {

  private Workloads() {}

  /** Warm-up 4 s, phases of 4 s, 10 commands per second and swarm. */
  static StormWorkload small(int swarms, int agents) {
    return new StormWorkload(
        swarms, agents, 10, 4, 4, 7, List.of(Misbehaviour.RECONNECT, Misbehaviour.PUBLISH));
  }
}
