package dev.swarmlog.server;

import dev.swarmlog.v1.Log;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/**
 * Compacts logs of swarms; the data path offers it to administration. May be called from any
 * thread; never blocks.
 */
public interface SwarmCompaction {

  /**
   * Moves the horizon of a log towards an operation, durably and by a bounded number of entries.
   *
   * @param upToOpId unsigned, not yet checked
   * @param wanted asked between two entries, on the writer's thread; false ends it early
   * @return completes when the last of them is durable; exceptionally only if something unexpected
   *     happened
   */
  CompletionStage<Outcome> compact(String swarm, Log log, long upToOpId, BooleanSupplier wanted);

  /** What became of it. */
  sealed interface Outcome {

    /**
     * The horizon is there now.
     *
     * @param complete it will not come nearer: it is the last end of a publish group up to where it
     *     should be, or was beyond
     */
    record Compacted(long horizonOpId, boolean complete) implements Outcome {}

    /** It has not moved, or not further. */
    record Refused(Refusal refusal) implements Outcome {}
  }
}
