package dev.swarmlog.demo.planner;

import dev.swarmlog.demo.survey.Surveyors;
import dev.swarmlog.demo.v1.Assignment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The planner's books: what is still to be assigned, and what has been assigned and not answered.
 *
 * <p>No agent is left with more than a fixed number of unanswered assignments; so an agent that is
 * away holds up its own files only, until the round has no others left. A round begins when the one
 * before is assigned in full. Not thread-safe; knows neither clock nor network.
 */
final class Rounds {
  private final List<String> paths;
  private final int agents;
  private final int maxUnansweredPerAgent;
  // By number of the surveying agent: what of this round is not assigned yet.
  private final List<Deque<String>> unassigned = new ArrayList<>();
  private final int[] unansweredByAgent;
  private final Map<String, Assignment> unanswered = new HashMap<>();
  private int round;
  private int nextAgent;
  // Always assigned - answered = unanswered.size().
  private long assigned;
  private long answered;
  private long answeredInFirstRound;

  Rounds(List<String> paths, int agents, int maxUnansweredPerAgent) {
    this.paths = paths;
    this.agents = agents;
    this.maxUnansweredPerAgent = maxUnansweredPerAgent;
    this.unansweredByAgent = new int[agents];
    for (int i = 0; i < agents; i++) {
      unassigned.add(new ArrayDeque<>());
    }
  }

  /** Begins the next round; only when the one before {@link #isAssigned}. */
  void begin() {
    if (!isAssigned()) {
      throw new IllegalStateException(
          "Expected round " + round + " to be assigned in full, but some of it is left.");
    }
    round++;
    for (String path : paths) {
      unassigned.get(Surveyors.chosen(round, path, agents)).add(path);
    }
  }

  /** Nothing of the current round is left to assign. */
  boolean isAssigned() {
    return unassigned.stream().allMatch(Deque::isEmpty);
  }

  /** The next assignment that its agent has room for; agents take turns. */
  Optional<Assignment> next() {
    for (int tried = 0; tried < agents; tried++) {
      int agent = nextAgent;
      nextAgent = (nextAgent + 1) % agents;
      if (unansweredByAgent[agent] < maxUnansweredPerAgent && !unassigned.get(agent).isEmpty()) {
        Assignment next =
            Assignment.newBuilder().setRound(round).setPath(unassigned.get(agent).remove()).build();
        unansweredByAgent[agent]++;
        assigned++;
        unanswered.put(Surveyors.key(next.getRound(), next.getPath()), next);
        return Optional.of(next);
      }
    }
    return Optional.empty();
  }

  /** A result has come; one that comes again changes nothing. */
  void answer(String key) {
    Assignment assignment = unanswered.remove(key);
    if (assignment == null) {
      return;
    }
    unansweredByAgent[Surveyors.chosen(assignment.getRound(), assignment.getPath(), agents)]--;
    answered++;
    if (assignment.getRound() == 1) {
      answeredInFirstRound++;
    }
  }

  /** From 1; 0 before the first. */
  int round() {
    return round;
  }

  long assigned() {
    return assigned;
  }

  long answered() {
    return answered;
  }

  long answeredInFirstRound() {
    return answeredInFirstRound;
  }
}
