package dev.swarmlog.reliability.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is done to a simulated system, and when: all that a run depends on. A seed gives one; taking
 * actions, agents or noise away gives a smaller one.
 *
 * @param seed of everything that the actions do not say, such as delays
 * @param actions by time
 * @param agents the names of those that take part
 * @param calm whether all messages take the same time
 */
record Scenario(long seed, List<Action> actions, List<String> agents, boolean calm) {

  static final List<String> ALL_AGENTS = List.of("a1", "a2", "a3", "b1");

  private static final int ACTIONS = 1_000;
  private static final int SPAN_MS = 120_000;

  /** What can be done. */
  enum Kind {
    PUBLISH(160),
    LOSE_POWER(3),
    CUT(4),
    CLOSE_LINK(3),
    CRASH_AGENT(4),
    CRASH_PUBLISHER(1),
    SLOW_AGENT(2),
    MOVE_CLOCK(1),
    COMPACT(2);

    private final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }

  /**
   * One thing that is done.
   *
   * @param atMs after the beginning
   * @param draw whatever else there is to it is drawn from this
   */
  record Action(int atMs, Kind kind, long draw) {
    SplittableRandom random() {
      return new SplittableRandom(draw);
    }
  }

  /** The scenario of a seed. */
  static Scenario of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Action> actions = new ArrayList<>();
    for (int i = 0; i < ACTIONS; i++) {
      actions.add(new Action(random.nextInt(SPAN_MS), kind(random), random.nextLong()));
    }
    actions.sort(Comparator.comparingInt(Action::atMs));
    return new Scenario(seed, actions, ALL_AGENTS, false);
  }

  private static Kind kind(SplittableRandom random) {
    int total = 0;
    for (Kind kind : Kind.values()) {
      total += kind.weight;
    }
    int draw = random.nextInt(total);
    for (Kind kind : Kind.values()) {
      draw -= kind.weight;
      if (draw < 0) {
        return kind;
      }
    }
    throw new IllegalStateException("Expected a kind for every draw");
  }

  Scenario withActions(List<Action> fewer) {
    return new Scenario(seed, List.copyOf(fewer), agents, calm);
  }

  Scenario withAgents(List<String> fewer) {
    return new Scenario(seed, actions, List.copyOf(fewer), calm);
  }

  Scenario asCalm() {
    return new Scenario(seed, actions, agents, true);
  }

  /** When the last thing is done. */
  long endMs() {
    return actions.isEmpty() ? 0 : actions.get(actions.size() - 1).atMs();
  }
}
