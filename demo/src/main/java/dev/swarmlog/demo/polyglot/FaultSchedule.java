package dev.swarmlog.demo.polyglot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What goes wrong when: each agent is killed, cut off and partitioned once, and the coordinator is
 * killed in the middle. By seed.
 *
 * @param coordinatorKillAtMs from the beginning
 */
record FaultSchedule(List<Planned> faults, long coordinatorKillAtMs) {
  private static final double FIRST = 0.1;
  private static final double LAST = 0.9;

  /**
   * One fault.
   *
   * @param atMs from the beginning
   * @param agent its number, from 0
   */
  record Planned(long atMs, int agent, Fault fault) {}

  FaultSchedule {
    faults = List.copyOf(faults);
  }

  /** For so many agents. */
  static FaultSchedule of(int agents, long durationMs, RandomGenerator random) {
    List<Planned> faults = new ArrayList<>();
    for (int agent = 0; agent < agents; agent++) {
      for (Fault fault : Fault.values()) {
        faults.add(new Planned((long) (durationMs * random.nextDouble(FIRST, LAST)), agent, fault));
      }
    }
    faults.sort(Comparator.comparingLong(Planned::atMs));
    return new FaultSchedule(faults, durationMs / 2);
  }
}
