package dev.swarmlog.server;

import dev.swarmlog.storage.SwarmState;
import java.util.concurrent.CompletionStage;

/**
 * Creates swarms; the data path offers it to administration. May be called from any thread; never
 * blocks.
 */
public interface SwarmCreation {

  /**
   * Creates a swarm, durably.
   *
   * @param name not yet checked
   * @return completes when the outcome is durable; exceptionally only if something unexpected
   *     happened
   */
  CompletionStage<Outcome> create(String name, Principal principal);

  /** What became of it. */
  sealed interface Outcome {

    /** It exists now, and did not before. */
    record Created(SwarmState swarm) implements Outcome {}

    /** Nothing changed. */
    record Refused(Refusal refusal) implements Outcome {}
  }
}
