package dev.swarmlog.sdk;

import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;
import java.util.Locale;

/** Which scope an operation belongs to, and how a scope is called. */
final class Scopes {
  private Scopes() {}

  /** For people to read. */
  static String describe(Scope scope) {
    Target target = scope.getTarget();
    String topic = scope.getTopic().name().replace("TOPIC_", "").toLowerCase(Locale.ROOT);
    return switch (target.getTargetCase()) {
      case AGENT -> topic + " for agent '" + target.getAgent() + "'";
      case ROLE -> topic + " for role '" + target.getRole() + "'";
      case ALL, TARGET_NOT_SET -> topic + " for all";
    };
  }

  static Scope of(Operation operation) {
    return Scope.newBuilder()
        .setTopicValue(operation.getTopicValue())
        .setTarget(operation.getTarget())
        .build();
  }
}
