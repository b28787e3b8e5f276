package dev.swarmlog.server.path.telemetry;

import dev.swarmlog.storage.StoredOperation;
import dev.swarmlog.storage.View;
import dev.swarmlog.v1.Operation;
import dev.swarmlog.v1.Scope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The newest telemetry of one swarm, bounded in count and bytes. When it is full, values of keys
 * make way that their publisher has set anew since, oldest first; then the oldest of all. So a slow
 * reader is given the newest value of each key for as long as it can be.
 *
 * <p>All fields are guarded by the monitor. Invariant: {@code newest} and {@code superseded} hold
 * indices of {@code recent}, and no index is in both.
 */
final class TelemetryTail {

  /**
   * One operation of the tail.
   *
   * @param index of the tail, from 1
   * @param scopeOrdinal how many of its scope there were, itself included; a jump means that some
   *     made way unread
   * @param key of the operation; null if it has none
   */
  record Recent(long index, long scopeOrdinal, StoredOperation operation, @Nullable StateKey key) {}

  /** What a publisher measures, and sets anew. */
  record StateKey(Scope scope, String publisher, String key) {}

  private final int maxRecords;
  private final long maxBytes;
  private final TreeMap<Long, Recent> recent = new TreeMap<>();
  private final Map<StateKey, Long> newest = new HashMap<>();
  private final TreeSet<Long> superseded = new TreeSet<>();
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
      StateKey key = keyOf(operation);
      recent.put(++lastIndex, new Recent(lastIndex, ordinal, operation, key));
      bytes += operation.bytes().length;
      Long before = key == null ? null : newest.put(key, lastIndex);
      if (before != null) {
        superseded.add(before);
      }
      while (recent.size() > maxRecords || (bytes > maxBytes && recent.size() > 1)) {
        makeWay();
      }
    }
    return List.copyOf(lanes);
  }

  private void makeWay() {
    Long conflated = superseded.pollFirst();
    Recent gone =
        Objects.requireNonNull(recent.remove(conflated != null ? conflated : recent.firstKey()));
    bytes -= gone.operation().bytes().length;
    if (conflated == null && gone.key() != null) {
      newest.remove(gone.key());
    }
  }

  private static @Nullable StateKey keyOf(StoredOperation operation) {
    if (!operation.isKeyed()) {
      return null;
    }
    Operation parsed = operation.toProto();
    return new StateKey(operation.scope(), parsed.getPublisher(), parsed.getKey());
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
