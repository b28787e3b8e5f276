package dev.swarmlog.server.path.fair;

/**
 * Whose something is that waits. Turns and room are shared between swarms, and within a swarm
 * between its publishers; what is of one flow stays in order.
 *
 * @param swarm empty for what belongs to no swarm yet
 * @param publisher empty for what no publisher sent, such as reports of the coordinator
 */
public record Flow(String swarm, String publisher) {

  /** The creation of swarms: one flow, or a client could have as many turns as it invents names. */
  public static final Flow NEW_SWARMS = new Flow("", "");

  /** What is done for a swarm by nobody who publishes: one flow beside its publishers. */
  public static Flow ofSwarm(String swarm) {
    return new Flow(swarm, "");
  }
}
