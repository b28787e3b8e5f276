package dev.swarmlog.sdk;

import dev.swarmlog.v1.Log;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import java.util.ArrayList;
import java.util.List;

/**
 * An ordered run of operations of one log: one or more whole publish groups, as far as the agent
 * may see them, without anything the agent has already applied.
 *
 * @param log the lane it came on
 * @param fromOpIdExclusive where the interval starts that the batch covers; 0 in telemetry
 * @param to where it ends, inclusive: the position to store together with the effects. In telemetry
 *     a position with nothing but the log: telemetry has no cursor.
 * @param operations ascending by operation ID. Empty when only the position moves on, because
 *     nothing of the interval is for this agent.
 */
public record Batch(Log log, long fromOpIdExclusive, Position to, List<Operation> operations) {

  /** The operations cut into their publish groups, in order. */
  public List<List<Operation>> groups() {
    List<List<Operation>> groups = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= operations.size(); i++) {
      if (i == operations.size()
          || operations.get(i).getGroupFirst() != operations.get(start).getGroupFirst()) {
        groups.add(operations.subList(start, i));
        start = i;
      }
    }
    return groups;
  }
}
