package dev.swarmlog.server.path.deliver;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.v1.Position;

/**
 * Something that is sent on a lane between two deliveries, true at exactly where the agent stands
 * then.
 */
public interface LaneInsertion {

  /**
   * Reads what it takes; on a thread that may block. Nothing is delivered meanwhile.
   *
   * @param at where the agent stands when it has applied everything that was sent before
   * @return sends it; run on the lane's executor
   */
  Runnable read(EventLog eventLog, Position at);
}
