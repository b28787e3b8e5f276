package dev.swarmlog.reliability.simulation;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Target;
import dev.swarmlog.v1.Topic;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * An agent as it is declared.
 *
 * @param topics of its view; of each it sees what is for all, for itself and for its roles
 * @param style how it applies what it is given
 */
record AgentSpec(String name, String swarm, List<String> roles, Set<Topic> topics, Style style) {

  /** How effects and cursor are stored. */
  enum Style {
    /** Both in one step. */
    EFFECT_STORE,
    /** Effects of one operation after the other, then the cursor. */
    OPERATIONS,
    /** Effects of a batch, then the cursor. */
    BATCHES
  }

  /** The logs in its view. */
  Set<Log> logs() {
    Set<Log> logs = EnumSet.noneOf(Log.class);
    topics.forEach(topic -> logs.add(logOf(topic)));
    return logs;
  }

  static Log logOf(Topic topic) {
    return topic == Topic.TOPIC_CONTROL ? Log.LOG_CONTROL : Log.LOG_MAIN;
  }

  /** The log whose cursor is told of. */
  static Log mainOrControl(AgentSpec spec) {
    return spec.logs().contains(Log.LOG_MAIN) ? Log.LOG_MAIN : Log.LOG_CONTROL;
  }

  boolean sees(Operation operation) {
    return topics.contains(operation.getTopic()) && isFor(operation.getTarget());
  }

  private boolean isFor(Target target) {
    return switch (target.getTargetCase()) {
      case ALL -> true;
      case AGENT -> target.getAgent().equals(name);
      case ROLE -> roles.contains(target.getRole());
      case TARGET_NOT_SET -> false;
    };
  }
}
