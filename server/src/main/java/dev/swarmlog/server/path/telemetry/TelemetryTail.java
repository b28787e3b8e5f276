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
import java.util.concurrent.atomic.AtomicLong;
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
   *     made way unread. 0 if no reader names its scope
   * @param storedNs when it was stored, on the monotonic clock
   * @param key of the operation; null if it has none
   */
  record Recent(
      long index,
      long scopeOrdinal,
      StoredOperation operation,
      long storedNs,
      @Nullable StateKey key) {}

  /** What a publisher measures, and sets anew. */
  record StateKey(Scope scope, String publisher, String key) {}

  private final int maxRecords;
  private final long maxBytes;
  private final TreeMap<Long, Recent> recent = new TreeMap<>();
  private final Map<StateKey, Long> newest = new HashMap<>();
  private final TreeSet<Long> superseded = new TreeSet<>();
  private final ScopeOrdinals ordinals = new ScopeOrdinals();
  private final Set<TelemetryLane> lanes = new LinkedHashSet<>();
  private final AtomicLong allBytes;
  private long lastIndex;
  private long bytes;
  private boolean dropped;

  /**
   * An empty tail.
   *
   * @param allBytes what this and other tails hold together
   */
  TelemetryTail(int maxRecords, long maxBytes, AtomicLong allBytes) {
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
    this.allBytes = allBytes;
  }

  /** Adds a reader of what comes from now on. */
  synchronized void add(TelemetryLane lane) {
    lane.startAfter(lastIndex, ordinals.join(lane.view()));
    lanes.add(lane);
  }

  /** Removes a reader, and answers whether any is left; if not, the tail is dropped. */
  synchronized boolean remove(TelemetryLane lane) {
    if (lanes.remove(lane)) {
      ordinals.leave(lane.view());
    }
    if (lanes.isEmpty()) {
      dropped = true;
      shrink(0);
    }
    return !dropped;
  }

  /**
   * Appends, and answers the readers that may have something to see.
   *
   * @param storedNs when they were stored, on the monotonic clock
   */
  synchronized List<TelemetryLane> append(List<StoredOperation> operations, long storedNs) {
    if (dropped) {
      return List.of();
    }
    for (StoredOperation operation : operations) {
      long ordinal = ordinals.next(operation.scope());
      StateKey key = keyOf(operation);
      recent.put(++lastIndex, new Recent(lastIndex, ordinal, operation, storedNs, key));
      hold(operation.bytes().length);
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

  /** Lets as much make way as is needed, were it all. */
  synchronized void shrink(long toBytes) {
    while (bytes > toBytes) {
      makeWay();
    }
  }

  private void hold(long more) {
    bytes += more;
    allBytes.addAndGet(more);
  }

  private void makeWay() {
    Long conflated = superseded.pollFirst();
    Recent gone =
        Objects.requireNonNull(recent.remove(conflated != null ? conflated : recent.firstKey()));
    hold(-gone.operation().bytes().length);
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
