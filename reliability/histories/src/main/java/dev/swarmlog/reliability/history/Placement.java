package dev.swarmlog.reliability.history;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which group has which operation IDs; each ID belongs to at most one. */
final class Placement {

  private final Map<Publication, Long> firstOpIds = new HashMap<>();
  private final TreeMap<Long, Publication> byFirstOpId = new TreeMap<>();

  /** Puts a group where nothing is. */
  void put(Publication publication, long firstOpId) {
    firstOpIds.put(publication, firstOpId);
    byFirstOpId.put(firstOpId, publication);
  }

  void remove(Publication publication) {
    Long first = firstOpIds.remove(publication);
    if (first != null) {
      byFirstOpId.remove(first);
    }
  }

  boolean contains(Publication publication) {
    return firstOpIds.containsKey(publication);
  }

  Optional<Long> firstOpId(Publication publication) {
    return Optional.ofNullable(firstOpIds.get(publication));
  }

  /** The group that has an operation ID; null if none has. */
  @Nullable Publication at(long opId) {
    Map.Entry<Long, Publication> entry = byFirstOpId.floorEntry(opId);
    return entry != null && opId < entry.getKey() + entry.getValue().size()
        ? entry.getValue()
        : null;
  }

  /** The record that has an operation ID; null if none has. */
  @Nullable Content record(long opId) {
    Map.Entry<Long, Publication> entry = byFirstOpId.floorEntry(opId);
    if (entry == null || opId >= entry.getKey() + entry.getValue().size()) {
      return null;
    }
    return entry.getValue().request.records().get((int) (opId - entry.getKey()));
  }

  /** All groups, in the order of the log. */
  Collection<Publication> inOrder() {
    return byFirstOpId.values();
  }

  /** The lowest operation ID from here on that belongs to no group. */
  long firstFreeFrom(long opId) {
    long free = opId;
    for (Publication here = at(free); here != null; here = at(free)) {
      free = firstOpIds.getOrDefault(here, free) + here.size();
    }
    return free;
  }

  /** Whether a group fits in from here on. */
  boolean isFree(long firstOpId, int size) {
    Long next = byFirstOpId.ceilingKey(firstOpId);
    return at(firstOpId) == null && (next == null || next >= firstOpId + size);
  }

  /** The highest operation ID of any group; 0 if there is none. */
  long lastOpId() {
    return byFirstOpId.isEmpty()
        ? 0
        : byFirstOpId.lastKey() + byFirstOpId.lastEntry().getValue().size() - 1;
  }
}
