package dev.swarmlog.sdk;

import dev.swarmlog.v1.AllAgents;
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

  /** Every agent that holds the role. */
  public static Target role(String role) {
    return Target.newBuilder().setRole(role).build();
  }
}
