package dev.swarmlog.server.path.drift;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.swarmlog.server.path.drift.Descent.Difference;
import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.StoredOperation;
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

  /** A page ends with the key that reaches so many bytes: mostly a single key is wanted. */
  private static final int FIRST_PAGE_BYTES = 1;

  private static final int GROWTH = 16;

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
    long bytes = 0;
    while (!left.isEmpty() && bytes < maxBytes) {
      Difference difference = left.remove();
      SnapshotPage page = page(eventLog, at, difference.keys(), maxBytes - bytes);
      bytes += page.getSerializedSize();
      repair.addPages(page);
      name(page, difference, incident);
      if (!page.getThroughKey().equals(difference.keys().throughKey())) {
        left.addFirst(
            new Difference(
                new KeyInterval(page.getThroughKey(), difference.keys().throughKey()),
                difference.theirKey(),
                difference.theirDigest()));
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

  private SnapshotPage page(EventLog eventLog, Position at, KeyInterval keys, long roomBytes) {
    SnapshotPage.Builder page =
        SnapshotPage.newBuilder().setPosition(at).setScope(scope).setAfterKey(keys.afterKey());
    String cursor = keys.afterKey();
    long bytes = 0;
    int pageBytes = FIRST_PAGE_BYTES;
    while (true) {
      KeyPage read = eventLog.readKeys(swarm, at.getLog(), scope, at.getOpId(), cursor, pageBytes);
      for (StoredOperation stored : read.operations()) {
        Operation operation = parse(stored);
        if (keys.endsBefore(operation.getKey())) {
          return page.setThroughKey(keys.throughKey()).build();
        }
        page.addOperations(operation);
        bytes += stored.bytes().length;
      }
      cursor = read.throughKey();
      if (read.isLast() || cursor.equals(keys.throughKey()) || keys.endsBefore(cursor)) {
        return page.setThroughKey(keys.throughKey()).build();
      }
      if (bytes >= roomBytes) {
        return page.setThroughKey(cursor).build();
      }
      pageBytes = (int) Math.min((long) pageBytes * GROWTH, maxBytes);
    }
  }

  private static Operation parse(StoredOperation stored) {
    try {
      return Operation.parseFrom(stored.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected what is stored to be an operation", e);
    }
  }
}
