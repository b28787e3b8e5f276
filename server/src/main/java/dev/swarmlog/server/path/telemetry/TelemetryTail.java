package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The newest telemetry of one swarm, bounded in count and bytes; the oldest makes way.
 *
 * <p>All fields are guarded by the monitor. Invariant: {@code recent} holds consecutive indices up
 * to {@code lastIndex}.
 */
final class TelemetryTail {

  /**
   * One operation of the tail.
   *
   * @param index of the tail, from 1
   * @param scopeOrdinal how many of its scope there were, itself included; a jump means that some
   *     made way unread
   */
  record Recent(long index, long scopeOrdinal, StoredOperation operation) {}

  private final int maxRecords;
  private final long maxBytes;
  private final TreeMap<Long, Recent> recent = new TreeMap<>();
  private final Map<Scope, Long> appendedByScope = new HashMap<>();
  private final Set<TelemetryLane> lanes = new LinkedHashSet<>();
  private long lastIndex;
  private long bytes;

  TelemetryTail(int maxRecords, long maxBytes) {
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  /** Adds a reader of what comes from now on. */
  synchronized void add(TelemetryLane lane) {
    Map<Scope, Long> ordinals = new HashMap<>(appendedByScope);
    ordinals.keySet().removeIf(scope -> !lane.view().contains(scope));
    lane.startAfter(lastIndex, ordinals);
    lanes.add(lane);
  }

  /** Removes a reader, and answers whether any is left. */
  synchronized boolean remove(TelemetryLane lane) {
    lanes.remove(lane);
    return !lanes.isEmpty();
  }

  /** Appends, and answers the readers that may have something to see. */
  synchronized List<TelemetryLane> append(List<StoredOperation> operations) {
    for (StoredOperation operation : operations) {
      long ordinal = appendedByScope.merge(operation.scope(), 1L, Long::sum);
      recent.put(++lastIndex, new Recent(lastIndex, ordinal, operation));
      bytes += operation.bytes().length;
      while (recent.size() > maxRecords || (bytes > maxBytes && recent.size() > 1)) {
        bytes -= recent.pollFirstEntry().getValue().operation().bytes().length;
      }
    }
    return List.copyOf(lanes);
  }

  /** What a view sees after an index, up to about {@code maxFoundBytes}. */
  synchronized List<Recent> after(long index, View view, long maxFoundBytes) {
    List<Recent> found = new ArrayList<>();
    long foundBytes = 0;
    for (Recent next : recent.tailMap(index, false).values()) {
      if (view.contains(next.operation().scope())) {
        found.add(next);
        foundBytes += next.operation().bytes().length;
        if (foundBytes >= maxFoundBytes) {
          break;
        }
      }
    }
    return found;
  }
}
