package dev.swarmlog.sdk;

import dev.swarmlog.v1.AllAgents;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.Target;

/** Whom an operation is for. */
public final class Targets {
  private static final Target ALL =
      Target.newBuilder().setAll(AllAgents.getDefaultInstance()).build();

  private Targets() {}

  /** Every agent of the swarm. */
  public static Target all() {
    return ALL;
  }

  /** One agent, by its name. */
  public static Target agent(String name) {
    return Target.newBuilder().setAgent(name).build();
  }

  /** The scope an operation belongs to: its topic, and whom it is for. */
  public static Scope scopeOf(Operation operation) {
    return Scopes.of(operation);
  }

  /** Every agent that holds the role. */
  public static Target role(String role) {
    return Target.newBuilder().setRole(role).build();
  }
}
