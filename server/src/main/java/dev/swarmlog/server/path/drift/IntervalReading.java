package dev.swarmlog.server.path.drift;

import dev.swarmlog.storage.EventLog;
import dev.swarmlog.storage.KeyPage;
import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Position;
import dev.swarmlog.v1.Scope;
import dev.swarmlog.v1.SnapshotPage;

/** Reads what the log holds in an interval of keys; blocks. */
final class IntervalReading {

  /** A page ends with the key that reaches so many bytes: mostly a single key is wanted. */
  private static final int FIRST_PAGE_BYTES = 1;

  private static final int GROWTH = 16;

  private final String swarm;
  private final Scope scope;
  private final int maxBytes;

  /**
   * @param maxBytes read at a time
   */
  IntervalReading(String swarm, Scope scope, int maxBytes) {
    this.swarm = swarm;
    this.scope = scope;
    this.maxBytes = maxBytes;
  }

  /**
   * The keyed state of an interval from its beginning on.
   *
   * @param roomBytes it ends with the key that reaches these: then {@code through_key} is not that
   *     of the interval
   */
  SnapshotPage page(EventLog eventLog, Position at, KeyInterval keys, long roomBytes) {
    SnapshotPage.Builder page =
        SnapshotPage.newBuilder().setPosition(at).setScope(scope).setAfterKey(keys.afterKey());
    String cursor = keys.afterKey();
    long bytes = 0;
    int pageBytes = FIRST_PAGE_BYTES;
    while (true) {
      KeyPage read = eventLog.readKeys(swarm, at.getLog(), scope, at.getOpId(), cursor, pageBytes);
      for (StoredOperation stored : read.operations()) {
        Operation operation = stored.toProto();
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
}
