package dev.swarmlog.server.path.drift;

import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyInterval;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Repair;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Reads what an agent should hold of the keys that differ, as many repairs as it takes, each of
 * bounded size. Used by one thread at a time, which may block.
 */
final class RepairReading {

  private final String swarm;
  private final Scope scope;
  private final int maxBytes;
  private final Deque<Difference> left;

  RepairReading(String swarm, Scope scope, List<Difference> differing, int maxBytes) {
    this.swarm = swarm;
    this.scope = scope;
    this.maxBytes = maxBytes;
    this.left = new ArrayDeque<>(differing);
  }

  boolean isDone() {
    return left.isEmpty();
  }

  /**
   * The next repair, true at a position.
   *
   * @param incident is told which keys differ
   */
  Repair next(EventLog eventLog, Position at, Incident incident) {
    Repair.Builder repair = Repair.newBuilder().setGoodOpId(incident.goodOpId());
    int bytes = 0;
    while (!left.isEmpty() && bytes < maxBytes) {
      Difference difference = left.remove();
      SnapshotPage page =
          eventLog
              .readKeys(
                  swarm, at.getLog(), scope, at.getOpId(), difference.keys(), maxBytes - bytes)
              .toProto(at, scope);
      bytes += page.getSerializedSize();
      repair.addPages(page);
      name(page, difference, incident);
      KeyInterval behind = difference.keys().behind(page.getThroughKey());
      if (behind != null) {
        left.addFirst(new Difference(behind, difference.theirKey(), difference.theirDigest()));
      }
    }
    return repair.build();
  }

  private static void name(SnapshotPage page, Difference difference, Incident incident) {
    boolean named = false;
    for (Operation operation : page.getOperationsList()) {
      incident.differed(operation.getKey());
      named |= operation.getKey().equals(difference.theirKey());
    }
    boolean ends = page.getThroughKey().equals(difference.keys().throughKey());
    String theirs = difference.theirKey();
    if (ends && !named && theirs != null) {
      incident.differed(theirs);
    }
  }
}
