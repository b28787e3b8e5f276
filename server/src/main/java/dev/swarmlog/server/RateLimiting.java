package dev.swarmlog.server;

import dev.swarmlog.v1.RateLimitFigures;
import dev.swarmlog.v1.RateLimits;
import java.util.concurrent.CompletionStage;

/**
 * The rate limits of swarms; the data path offers them to administration. May be called from any
 * thread; never blocks.
 */
public interface RateLimiting {

  /**
   * Replaces the limits of a swarm, durably.
   *
   * @param limits not yet checked
   * @return completes when they are in force; exceptionally only if something unexpected happened
   */
  CompletionStage<Outcome> limit(String swarm, RateLimits limits);

  /** What the limits of a swarm do. */
  RateLimitFigures figures(String swarm);

  /** What became of it. */
  sealed interface Outcome {

    /** These are in force now. */
    record Set(RateLimits limits) implements Outcome {}

    /** Those from before stay. */
    record Refused(Refusal refusal) implements Outcome {}
  }
}
