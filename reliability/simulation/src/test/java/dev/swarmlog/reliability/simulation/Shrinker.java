package dev.swarmlog.reliability.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a scenario that breaks a promise small: takes away what it can, half of it first and then
 * less and less, as long as the same promise stays broken. See "Simplifying and Isolating
 * Failure-Inducing Input", A. Zeller and R. Hildebrandt, 2002.
 */
final class Shrinker {

  private final Bugs bugs;
  private final int maxRuns;
  private int runs;

  /**
   * A shrinker.
   *
   * @param maxRuns after so many runs it is content with what it has
   */
  Shrinker(Bugs bugs, int maxRuns) {
    this.bugs = bugs;
    this.maxRuns = maxRuns;
  }

  /** A scenario that breaks the promise, and from which nothing can be taken away. */
  Scenario shrink(Scenario failing, String invariant) {
    Scenario smallest = failing;
    int before;
    do {
      before = size(smallest);
      smallest = fewerActions(smallest, invariant);
      smallest = fewerAgents(smallest, invariant);
      Scenario calm = smallest.asCalm();
      if (breaks(calm, invariant)) {
        smallest = calm;
      }
    } while (size(smallest) < before && runs < maxRuns);
    return smallest;
  }

  private static int size(Scenario scenario) {
    return scenario.actions().size() + scenario.agents().size();
  }

  private Scenario fewerActions(Scenario failing, String invariant) {
    Scenario smallest = failing;
    int chunk = Math.max(1, smallest.actions().size() / 2);
    while (runs < maxRuns) {
      boolean shrunk = false;
      for (int from = smallest.actions().size() - chunk; from > -chunk; from -= chunk) {
        int begin = Math.max(0, from);
        List<Scenario.Action> fewer = new ArrayList<>(smallest.actions());
        fewer.subList(begin, Math.min(begin + chunk, fewer.size())).clear();
        Scenario candidate = smallest.withActions(fewer);
        if (fewer.size() < smallest.actions().size() && breaks(candidate, invariant)) {
          smallest = candidate;
          shrunk = true;
        }
      }
      if (chunk == 1 && !shrunk) {
        return smallest;
      }
      chunk = Math.max(1, chunk / 2);
    }
    return smallest;
  }

  private Scenario fewerAgents(Scenario failing, String invariant) {
    Scenario smallest = failing;
    for (String agent : failing.agents()) {
      List<String> fewer = new ArrayList<>(smallest.agents());
      fewer.remove(agent);
      Scenario candidate = smallest.withAgents(fewer);
      if (breaks(candidate, invariant)) {
        smallest = candidate;
      }
    }
    return smallest;
  }

  private boolean breaks(Scenario scenario, String invariant) {
    if (runs >= maxRuns) {
      return false;
    }
    runs++;
    @Nullable Violation violation = new Simulation(scenario, bugs).run();
    return violation != null && violation.invariant().equals(invariant);
  }
}
