package dev.swarmlog.server.path.commit;

import dev.swarmlog.otel.trace.GroupTrace;
import dev.swarmlog.server.path.fair.Flow;
import dev.swarmlog.storage.Outcome;
import dev.swarmlog.storage.v1.Command;
import dev.swarmlog.v1.Durability;

/**
 * A change somebody asked for, on its way to the log.
 *
 * @param flow whose turn and whose room it takes until it is in an entry
 * @param command what shall change
 * @param bytes serialized size of the command, which is what it counts for in every bound
 * @param listener hears of the outcome, exactly once
 */
public record Proposal(Flow flow, Command command, int bytes, Listener listener) {

  /** Hears what became of a proposal. Called on the shard's writer thread; must not block. */
  public interface Listener {

    /** The outcome is durable at the level stated. A refusal is an outcome too. */
    void settled(Outcome outcome, Durability durability);

    /** The trace of what is proposed. */
    default GroupTrace trace() {
      return GroupTrace.NONE;
    }

    /** The coordinator stops before the proposal was put into an entry: nothing was changed. */
    void abandoned();
  }
}
